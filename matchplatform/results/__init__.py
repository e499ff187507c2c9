"""What came of a pairing: closing report, evaluations, public timeline, certificate, a case for the publications."""
