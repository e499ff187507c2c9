"""Plain Python: rules, money, time, codes. Neither Flask nor SQLAlchemy."""
