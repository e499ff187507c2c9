"""pairings that rest, what reports have brought of their lines, and what they carry on

Revision ID: 0009
Revises: 0008
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

STATES = ("status IN ('proposed', 'accepted', 'approved', 'active', {}'completed', 'declined', 'withdrawn', "
          "'rejected', 'terminated')")
APPROVED = "(status IN ('active', 'approved', 'completed', {}'terminated')) = (approver_id IS NOT NULL)"
SIGNED = ("NOT (status IN ('active', 'completed'{})) OR (signed_on IS NOT NULL AND starts_on IS NOT NULL AND ends_on "
          "IS NOT NULL AND funds_fen IS NOT NULL AND in_kind_fen IS NOT NULL)")
LIVE = "status IN ('accepted', 'active', 'approved', 'proposed'{})"


def _law(states, approved, signed, live):
    """The CHECKs and the index that name the states."""
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_index('uq_pairings_live')
        for name, condition in (('status', states), ('approver_present', approved), ('agreement_present', signed)):
            batch_op.drop_constraint(batch_op.f(f'ck_pairings_{name}'), type_='check')
            batch_op.create_check_constraint(batch_op.f(f'ck_pairings_{name}'), condition)
        batch_op.create_index('uq_pairings_live', ['need_id', 'organization_id'], unique=True,
                              sqlite_where=sa.text(live), postgresql_where=sa.text(live))


def upgrade():
    _law(STATES.format("'suspended', "), APPROVED.format("'suspended', "), SIGNED.format(", 'suspended'"),
         LIVE.format(", 'suspended'"))
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('relayed_from_id', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_pairings_relayed_from_id'), ['relayed_from_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_pairings_relayed_from_id_pairings'), 'pairings',
                                    ['relayed_from_id'], ['id'])
    with op.batch_alter_table('pairing_lines', schema=None) as batch_op:
        batch_op.add_column(sa.Column('delivered', sa.Integer(), nullable=False, server_default='0'))
    with op.batch_alter_table('pairing_lines', schema=None) as batch_op:  # the default is the model's, not the table's
        batch_op.alter_column('delivered', existing_type=sa.Integer(), existing_nullable=False, server_default=None)
        batch_op.create_check_constraint(batch_op.f('ck_pairing_lines_delivered'),
                                         'delivered BETWEEN 0 AND quantity')


def downgrade():
    op.execute("UPDATE pairings SET status = 'active' WHERE status = 'suspended'")
    with op.batch_alter_table('pairing_lines', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_pairing_lines_delivered'), type_='check')
        batch_op.drop_column('delivered')
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_pairings_relayed_from_id_pairings'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_pairings_relayed_from_id'))
        batch_op.drop_column('relayed_from_id')
    _law(STATES.format(""), APPROVED.format(""), SIGNED.format(""), LIVE.format(""))
