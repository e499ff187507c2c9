"""staff's word lists

Revision ID: 0002
Revises: 0001
Created: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KIND = ("ck_audit_rows_kind", "kind IN ('account', 'organization', 'need', 'offering', 'pairing', 'campaign', "
        "'contact', 'export', 'lexicon', 'ranking', 'system')")  # ranking: rows of it outlive a downgrade of 0003
# SQLite changes a CHECK by copying the table, which loses its triggers; the same statements stand in 0001.
SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))


def upgrade():
    op.create_table('lexicon_entries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_by', sa.Integer(), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('synonym', 'stop_word')", name=op.f('ck_lexicon_entries_kind')),
    sa.CheckConstraint('(retired_by IS NULL) = (retired_at IS NULL)', name=op.f('ck_lexicon_entries_retired')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_lexicon_entries_created_by_users')),
    sa.ForeignKeyConstraint(['retired_by'], ['users.id'], name=op.f('fk_lexicon_entries_retired_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_lexicon_entries'))
    )
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(KIND[0]), type_='check')
        batch_op.create_check_constraint(batch_op.f(KIND[0]), KIND[1])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in SQLITE:
            connection.exec_driver_sql(statement)


def downgrade():
    # The audit's CHECK keeps its wider list: rows about word lists are part of the chain and may not be removed.
    op.drop_table('lexicon_entries')
