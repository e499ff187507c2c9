"""需求项目库: what villages lack, posted by counties and townships."""
