"""residents' orders: villages, orders with their moves, the offices' telephones, what is counted against floods

Revision ID: 0007
Revises: 0006
Created: 2026-11-26
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('order_tries',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('kind', sa.String(length=20), nullable=False),
        sa.Column('key', sa.String(length=64), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_order_tries'))
    )
    with op.batch_alter_table('order_tries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_tries_at'), ['at'], unique=False)
        batch_op.create_index('ix_order_tries_kind_key_at', ['kind', 'key', 'at'], unique=False)

    op.create_table('villages',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('township_code', sa.String(length=9), nullable=False),
        sa.Column('name', sa.String(length=40), nullable=False),
        sa.Column('merged_into_id', sa.Integer(), nullable=True),
        sa.Column('closed_on', sa.Date(), nullable=True),
        sa.CheckConstraint(
            'merged_into_id IS NULL OR closed_on IS NOT NULL', name=op.f('ck_villages_merged_is_closed')),
        sa.CheckConstraint(
            'merged_into_id IS NULL OR merged_into_id <> id', name=op.f('ck_villages_not_into_itself')),
        sa.ForeignKeyConstraint(['merged_into_id'], ['villages.id'],
                                name=op.f('fk_villages_merged_into_id_villages')),
        sa.ForeignKeyConstraint(['township_code'], ['regions.code'], name=op.f('fk_villages_township_code_regions')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_villages')),
        sa.UniqueConstraint('township_code', 'name', name=op.f('uq_villages_township_code_name'))
    )
    with op.batch_alter_table('villages', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_villages_merged_into_id'), ['merged_into_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_villages_township_code'), ['township_code'], unique=False)

    op.create_table('order_offices',
        sa.Column('region_code', sa.String(length=9), nullable=False),
        sa.Column('phone', sa.String(length=30), nullable=False),
        sa.Column('hours', sa.String(length=40), nullable=False),
        sa.Column('updated_by', sa.Integer(), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['region_code'], ['regions.code'], name=op.f('fk_order_offices_region_code_regions')),
        sa.ForeignKeyConstraint(['updated_by'], ['users.id'], name=op.f('fk_order_offices_updated_by_users')),
        sa.PrimaryKeyConstraint('region_code', name=op.f('pk_order_offices'))
    )
    op.create_table('orders',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('code', sa.String(length=24), nullable=False),
        sa.Column('receipt', sa.Text(), nullable=False),
        sa.Column('receipt_hash', sa.String(length=64), nullable=False),
        sa.Column('form_hash', sa.String(length=64), nullable=True),
        sa.Column('county_code', sa.String(length=9), nullable=False),
        sa.Column('township_code', sa.String(length=9), nullable=False),
        sa.Column('village_id', sa.Integer(), nullable=True),
        sa.Column('village', sa.String(length=40), nullable=False),
        sa.Column('former_village', sa.String(length=40), nullable=False),
        sa.Column('category_code', sa.String(length=40), nullable=False),
        sa.Column('body', sa.Text(), nullable=False),
        sa.Column('name', sa.String(length=20), nullable=False),
        sa.Column('phone', sa.Text(), nullable=True),
        sa.Column('phone_print', sa.String(length=64), nullable=True),
        sa.Column('consent_version', sa.String(length=20), nullable=False),
        sa.Column('channel', sa.String(length=10), nullable=False),
        sa.Column('entered_by', sa.Integer(), nullable=True),
        sa.Column('read_back_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('status', sa.String(length=12), nullable=False),
        sa.Column('status_reason', sa.Text(), nullable=False),
        sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('held_by', sa.Integer(), nullable=True),
        sa.Column('held_until', sa.DateTime(timezone=True), nullable=True),
        sa.Column('handled_by', sa.Integer(), nullable=True),
        sa.Column('need_id', sa.Integer(), nullable=True),
        sa.Column('joined_to_id', sa.Integer(), nullable=True),
        sa.Column('delivered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('reminded_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('disputed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('confirmed_by', sa.Integer(), nullable=True),
        sa.Column('stars', sa.Integer(), nullable=True),
        sa.Column('rating_words', sa.Text(), nullable=False),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.CheckConstraint("(channel = 'web') = (entered_by IS NULL)", name=op.f('ck_orders_who_entered')),
        sa.CheckConstraint("(status = 'rated') = (stars IS NOT NULL)", name=op.f('ck_orders_rated')),
        sa.CheckConstraint("(status = 'reviewing') = (held_by IS NOT NULL)", name=op.f('ck_orders_holder')),
        sa.CheckConstraint(
            "(status IN ('accepted', 'confirmed', 'delivered', 'rated', 'serving')) = (need_id IS NOT NULL)", name=op.f('ck_orders_need_present')),
        sa.CheckConstraint(
            "(status IN ('confirmed', 'rated')) = (confirmed_at IS NOT NULL)", name=op.f('ck_orders_confirmed')),
        sa.CheckConstraint("channel IN ('web', 'phone', 'visit')", name=op.f('ck_orders_channel')),
        sa.CheckConstraint(
            "erased_at IS NULL OR (phone_print IS NULL AND name = '' AND body = '')", name=op.f('ck_orders_nothing_left')),
        sa.CheckConstraint(
            "status <> 'withdrawn' OR erased_at IS NOT NULL", name=op.f('ck_orders_withdrawn_is_erased')),
        sa.CheckConstraint(
            "status IN ('submitted', 'reviewing', 'accepted', 'serving', 'delivered', 'confirmed', 'rated', "
            "'returned', 'withdrawn')", name=op.f('ck_orders_status')),
        sa.CheckConstraint('(entered_by IS NULL) = (read_back_at IS NULL)', name=op.f('ck_orders_read_back')),
        sa.CheckConstraint('(erased_at IS NULL) = (phone IS NOT NULL)', name=op.f('ck_orders_erased')),
        sa.CheckConstraint('(held_by IS NULL) = (held_until IS NULL)', name=op.f('ck_orders_lease')),
        sa.CheckConstraint(
            'confirmed_by IS NULL OR confirmed_by <> handled_by', name=op.f('ck_orders_handler_is_not_listener')),
        sa.CheckConstraint('joined_to_id IS NULL OR joined_to_id <> id', name=op.f('ck_orders_not_into_itself')),
        sa.CheckConstraint('stars IS NULL OR stars BETWEEN 1 AND 5', name=op.f('ck_orders_stars')),
        sa.ForeignKeyConstraint(['category_code'], ['categories.code'],
                                name=op.f('fk_orders_category_code_categories')),
        sa.ForeignKeyConstraint(['confirmed_by'], ['users.id'], name=op.f('fk_orders_confirmed_by_users')),
        sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_orders_county_code_regions')),
        sa.ForeignKeyConstraint(['entered_by'], ['users.id'], name=op.f('fk_orders_entered_by_users')),
        sa.ForeignKeyConstraint(['handled_by'], ['users.id'], name=op.f('fk_orders_handled_by_users')),
        sa.ForeignKeyConstraint(['held_by'], ['users.id'], name=op.f('fk_orders_held_by_users')),
        sa.ForeignKeyConstraint(['joined_to_id'], ['orders.id'], name=op.f('fk_orders_joined_to_id_orders')),
        sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_orders_need_id_needs')),
        sa.ForeignKeyConstraint(['township_code'], ['regions.code'], name=op.f('fk_orders_township_code_regions')),
        sa.ForeignKeyConstraint(['village_id'], ['villages.id'], name=op.f('fk_orders_village_id_villages')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
        sa.UniqueConstraint('code', name=op.f('uq_orders_code')),
        sa.UniqueConstraint('form_hash', name=op.f('uq_orders_form_hash')),
        sa.UniqueConstraint('receipt_hash', name=op.f('uq_orders_receipt_hash'))
    )
    with op.batch_alter_table('orders', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_orders_category_code'), ['category_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_county_code'), ['county_code'], unique=False)
        batch_op.create_index('ix_orders_county_status', ['county_code', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_ended_at'), ['ended_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_held_by'), ['held_by'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_joined_to_id'), ['joined_to_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_need_id'), ['need_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_phone_print'), ['phone_print'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_status'), ['status'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_submitted_at'), ['submitted_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_township_code'), ['township_code'], unique=False)
        batch_op.create_index('ix_orders_township_status', ['township_code', 'status'], unique=False)
        batch_op.create_index(batch_op.f('ix_orders_village_id'), ['village_id'], unique=False)

    op.create_table('order_events',
        sa.Column('id', sa.Integer(), nullable=False),
        sa.Column('order_id', sa.Integer(), nullable=False),
        sa.Column('at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('actor_id', sa.Integer(), nullable=True),
        sa.Column('who', sa.String(length=60), nullable=False),
        sa.Column('verb', sa.String(length=20), nullable=False),
        sa.Column('label', sa.String(length=40), nullable=False),
        sa.Column('source', sa.String(length=12), nullable=False),
        sa.Column('target', sa.String(length=12), nullable=False),
        sa.Column('reason', sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_order_events_actor_id_users')),
        sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_events_order_id_orders')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_order_events'))
    )
    with op.batch_alter_table('order_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_order_events_order_id'), ['order_id'], unique=False)


def downgrade():
    op.drop_table('order_events')
    op.drop_table('orders')
    op.drop_table('order_offices')
    op.drop_table('villages')
    op.drop_table('order_tries')
