"""Attachments of any record: checked by content, kept outside static, handed out by right."""
