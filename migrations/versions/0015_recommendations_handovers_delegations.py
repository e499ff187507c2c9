"""recommendations, handing over, delegations

Revision ID: 0015
Revises: 0014
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None

MAKER = "approver_id IS NULL OR (approver_id <> proposed_by AND approver_id <> accepted_by{})"
NEW_CHECKS = (
    ('recommended', "approver_id IS NULL OR recommended_by IS NOT NULL OR NOT needs_recommendation"),
    ('recommendation_time', "(recommended_by IS NULL) = (recommended_at IS NULL)"),
    ('recommended_by_a_third', "recommended_by IS NULL OR (recommended_by <> proposed_by AND (accepted_by IS NULL OR "
                               "recommended_by <> accepted_by))"),
    ('handled_while_undecided', "handler_id IS NULL OR status = 'accepted'"),
)
KINDS = ("kind IN ('account', 'organization', 'need', 'offering', 'pairing', 'campaign', 'contact', 'export', "
         "'lexicon', 'ranking', 'attachment', 'import', 'search', 'template', 'plan', 'merger', 'publication', "
         "'order', 'delegation', 'system')")
# SQLite changes a CHECK by copying the table, which loses its triggers; the same statements stand in 0001.
AUDIT_SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))


def _audit_knows_delegations():
    """The audit keeps its wider list on the way down: its rows are part of the chain and may not be removed."""
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_audit_rows_kind'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_audit_rows_kind'), KINDS)
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        for statement in AUDIT_SQLITE:
            connection.exec_driver_sql(statement)


def _switch(table, name, default):
    """A column that old rows get a value for; the default is the model's, not the table's."""
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.add_column(sa.Column(name, sa.Boolean(), nullable=False, server_default=default))
    with op.batch_alter_table(table, schema=None) as batch_op:
        batch_op.alter_column(name, existing_type=sa.Boolean(), existing_nullable=False, server_default=None)


def upgrade():
    _audit_knows_delegations()
    op.create_table('delegations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('lender_id', sa.Integer(), nullable=False),
    sa.Column('deputy_id', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('ends_on >= starts_on', name=op.f('ck_delegations_term')),
    sa.CheckConstraint('lender_id <> deputy_id', name=op.f('ck_delegations_two_people')),
    sa.CheckConstraint('length(reason) > 0', name=op.f('ck_delegations_reason')),
    sa.ForeignKeyConstraint(['deputy_id'], ['users.id'], name=op.f('fk_delegations_deputy_id_users')),
    sa.ForeignKeyConstraint(['lender_id'], ['users.id'], name=op.f('fk_delegations_lender_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_delegations'))
    )
    with op.batch_alter_table('delegations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delegations_deputy_id'), ['deputy_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_delegations_lender_id'), ['lender_id'], unique=False)
        batch_op.create_index('uq_delegations_standing', ['lender_id'], unique=True,
                              sqlite_where=sa.text('ended_at IS NULL'),
                              postgresql_where=sa.text('ended_at IS NULL'))

    _switch('campaigns', 'requires_recommendation', sa.true())
    _switch('pairings', 'needs_recommendation', sa.false())  # what was proposed before was asked for none

    with op.batch_alter_table('pairing_events', schema=None) as batch_op:
        batch_op.add_column(sa.Column('on_behalf_of', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_pairing_events_on_behalf_of_users'), 'users',
                                    ['on_behalf_of'], ['id'])

    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('recommended_by', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('recommended_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('handler_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_pairings_handler_id'), ['handler_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_pairings_recommended_by_users'), 'users',
                                    ['recommended_by'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_pairings_handler_id_users'), 'users', ['handler_id'], ['id'])
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_pairings_maker_is_not_checker'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_pairings_maker_is_not_checker'), MAKER.format(
            " AND (recommended_by IS NULL OR approver_id <> recommended_by)"))
        for name, condition in NEW_CHECKS:
            batch_op.create_check_constraint(batch_op.f(f'ck_pairings_{name}'), condition)


def downgrade():
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        for name, _ in NEW_CHECKS:
            batch_op.drop_constraint(batch_op.f(f'ck_pairings_{name}'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_pairings_maker_is_not_checker'), type_='check')
        batch_op.create_check_constraint(batch_op.f('ck_pairings_maker_is_not_checker'), MAKER.format(""))
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_pairings_handler_id_users'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_pairings_recommended_by_users'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_pairings_handler_id'))
        batch_op.drop_column('handler_id')
        batch_op.drop_column('recommended_at')
        batch_op.drop_column('recommended_by')
        batch_op.drop_column('needs_recommendation')

    with op.batch_alter_table('pairing_events', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_pairing_events_on_behalf_of_users'), type_='foreignkey')
        batch_op.drop_column('on_behalf_of')

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.drop_column('requires_recommendation')

    with op.batch_alter_table('delegations', schema=None) as batch_op:
        batch_op.drop_index('uq_delegations_standing', sqlite_where=sa.text('ended_at IS NULL'),
                            postgresql_where=sa.text('ended_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_delegations_lender_id'))
        batch_op.drop_index(batch_op.f('ix_delegations_deputy_id'))
    op.drop_table('delegations')
