"""deliveries of notices, choices, verified addresses

Revision ID: 0014
Revises: 0013
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('delivery_choices',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('way', sa.String(length=10), nullable=False),
    sa.CheckConstraint("channel IN ('mail', 'message')", name=op.f('ck_delivery_choices_channel')),
    sa.CheckConstraint("kind <> 'refused' OR way = 'at_once'", name=op.f('ck_delivery_choices_decisions_at_once')),
    sa.CheckConstraint("kind <> 'to_do' OR way <> 'none'", name=op.f('ck_delivery_choices_deadlines_always')),
    sa.CheckConstraint("kind IN ('to_do', 'told', 'refused', 'good')", name=op.f('ck_delivery_choices_kind')),
    sa.CheckConstraint("way IN ('at_once', 'daily', 'none')", name=op.f('ck_delivery_choices_way')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_delivery_choices_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', 'channel', 'kind', name=op.f('pk_delivery_choices'))
    )
    op.create_table('mail_addresses',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('verified_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('codes', sa.Integer(), nullable=False),
    sa.CheckConstraint('tries >= 0 AND codes >= 0', name=op.f('ck_mail_addresses_counts')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_mail_addresses_user_id_users')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_mail_addresses'))
    )
    op.create_table('deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('notice_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('way', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(length=200), nullable=False),
    sa.CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name=op.f('ck_deliveries_sent_time')),
    sa.CheckConstraint("channel IN ('mail', 'message')", name=op.f('ck_deliveries_channel')),
    sa.CheckConstraint("state IN ('queued', 'sending', 'sent', 'failed', 'given_up')", name=op.f('ck_deliveries_state')),
    sa.CheckConstraint("way IN ('at_once', 'daily')", name=op.f('ck_deliveries_way')),
    sa.CheckConstraint('attempts >= 0', name=op.f('ck_deliveries_attempts')),
    sa.ForeignKeyConstraint(['notice_id'], ['notices.id'], name=op.f('fk_deliveries_notice_id_notices')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_deliveries_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('notice_id', 'channel', name='uq_deliveries_once')
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index('ix_deliveries_due', ['state', 'way', 'next_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_deliveries_user_id'), ['user_id'], unique=False)



def downgrade():
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deliveries_user_id'))
        batch_op.drop_index('ix_deliveries_due')

    op.drop_table('deliveries')
    op.drop_table('mail_addresses')
    op.drop_table('delivery_choices')
