"""the audit knows publications and residents' orders

Revision ID: 0005
Revises: 0004
Created: 2026-11-26
"""

from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

KINDS = ("kind IN ('account', 'organization', 'need', 'offering', 'pairing', 'campaign', 'contact', 'export', "
         "'lexicon', 'ranking', 'attachment', 'import', 'search', 'template', 'plan', 'merger', 'publication', "
         "'order', 'system')")
# SQLite changes a CHECK by copying the table, which loses its triggers; the same statements stand in 0001.
AUDIT_SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))


def upgrade():
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_audit_rows_kind'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_audit_rows_kind'), KINDS)
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        for statement in AUDIT_SQLITE:
            connection.exec_driver_sql(statement)


def downgrade():
    # The CHECK keeps its wider list: the audit's rows are part of the chain and may not be removed.
    pass
