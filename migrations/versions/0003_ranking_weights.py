"""weights of the score that were put in force

Revision ID: 0003
Revises: 0002
Created: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

KIND = ("ck_audit_rows_kind", "kind IN ('account', 'organization', 'need', 'offering', 'pairing', 'campaign', "
        "'contact', 'export', 'lexicon', 'ranking', 'system')")
# SQLite changes a CHECK by copying the table, which loses its triggers; the same statements stand in 0001.
SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))


def upgrade():
    op.create_table('ranking_weights',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text', sa.Integer(), nullable=False),
    sa.Column('category', sa.Integer(), nullable=False),
    sa.Column('area', sa.Integer(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('rating', sa.Integer(), nullable=False),
    sa.Column('decisions', sa.Integer(), nullable=False),
    sa.Column('accepted', sa.Integer(), nullable=False),
    sa.Column('gain', sa.Float(), nullable=True),
    sa.Column('error', sa.Float(), nullable=True),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('restored_from', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('text + category + area + capacity + rating = 100', name=op.f('ck_ranking_weights_sum')),
    sa.CheckConstraint('text >= 0 AND category >= 0 AND area >= 0 AND capacity >= 0 AND rating >= 0',
                       name=op.f('ck_ranking_weights_none_negative')),
    sa.CheckConstraint('accepted >= 0 AND accepted <= decisions', name=op.f('ck_ranking_weights_accepted')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_ranking_weights_created_by_users')),
    sa.ForeignKeyConstraint(['restored_from'], ['ranking_weights.id'],
                            name=op.f('fk_ranking_weights_restored_from_ranking_weights')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ranking_weights')),
    sa.UniqueConstraint('version', name=op.f('uq_ranking_weights_version'))
    )
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f(KIND[0]), type_='check')
        batch_op.create_check_constraint(batch_op.f(KIND[0]), KIND[1])
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in SQLITE:
            connection.exec_driver_sql(statement)


def downgrade():
    # The audit's CHECK keeps its wider list: rows about weights are part of the chain and may not be removed.
    op.drop_table('ranking_weights')
