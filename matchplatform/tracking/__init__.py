"""Following what was agreed: milestones, progress reports, visits, complaints, and handing on what stands still."""
