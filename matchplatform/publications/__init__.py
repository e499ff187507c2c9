"""Plans, policies, projects, notices and cases: written, looked at by a second person, released, revised, cited."""
