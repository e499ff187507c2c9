"""calls on needs, sealed replies, questions, reminders of silence; places kept for orders, counter-proposals

Revision ID: 0013
Revises: 0012
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('silence_reminders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('step', sa.String(length=10), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("step IN ('county', 'city')", name=op.f('ck_silence_reminders_step')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_silence_reminders')),
    sa.UniqueConstraint('subject', 'since', 'step', name='uq_silence_reminders_once')
    )
    op.create_table('calls',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('closing_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('questions_until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('may_choose', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.Integer(), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status IN ('decided', 'ended')) = (decided_at IS NOT NULL)", name=op.f('ck_calls_decided')),
    sa.CheckConstraint("status IN ('open', 'reviewing', 'decided', 'ended')", name=op.f('ck_calls_status')),
    sa.CheckConstraint("status NOT IN ('reviewing', 'decided') OR opened_at > closing_at",
        name=op.f('ck_calls_sealed_until_closing')),
    sa.CheckConstraint('(opened_by IS NULL) = (opened_at IS NULL)', name=op.f('ck_calls_opened')),
    sa.CheckConstraint('may_choose BETWEEN 1 AND 10', name=op.f('ck_calls_may_choose')),
    sa.CheckConstraint('questions_until < closing_at', name=op.f('ck_calls_times')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_calls_county_code_regions')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_calls_created_by_users')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_calls_decided_by_users')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_calls_need_id_needs')),
    sa.ForeignKeyConstraint(['opened_by'], ['users.id'], name=op.f('fk_calls_opened_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_calls')),
    sa.UniqueConstraint('need_id', name=op.f('uq_calls_need_id'))
    )
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_calls_closing_at'), ['closing_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_calls_county_code'), ['county_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_calls_status'), ['status'], unique=False)

    op.create_table('call_items',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=12), nullable=False),
    sa.Column('text', sa.String(length=200), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=True),
    sa.CheckConstraint("(kind = 'criterion') = (weight IS NOT NULL)", name=op.f('ck_call_items_weighted')),
    sa.CheckConstraint("kind IN ('requirement', 'criterion')", name=op.f('ck_call_items_kind')),
    sa.CheckConstraint('weight BETWEEN 1 AND 100', name=op.f('ck_call_items_weight')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_items_call_id_calls'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_items')),
    sa.UniqueConstraint('call_id', 'position', name=op.f('uq_call_items_call_id_position'))
    )
    op.create_table('call_questions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(answered_by IS NULL) = (answer = '')", name=op.f('ck_call_questions_answer_present')),
    sa.CheckConstraint('(answered_by IS NULL) = (answered_at IS NULL)', name=op.f('ck_call_questions_answered')),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_call_questions_answered_by_users')),
    sa.ForeignKeyConstraint(['asked_by'], ['users.id'], name=op.f('fk_call_questions_asked_by_users')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_call_questions_call_id_calls')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'],
        name=op.f('fk_call_questions_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_questions'))
    )
    with op.batch_alter_table('call_questions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_call_questions_call_id'), ['call_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_call_questions_organization_id'), ['organization_id'], unique=False)

    op.create_table('counters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('funds_fen', sa.BigInteger(), nullable=False),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status IN ('accepted', 'declined')) = (answered_by IS NOT NULL)",
        name=op.f('ck_counters_answered')),
    sa.CheckConstraint("status <> 'declined' OR reason <> ''", name=op.f('ck_counters_why_declined')),
    sa.CheckConstraint("status IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f('ck_counters_status')),
    sa.CheckConstraint('(answered_by IS NULL) = (answered_at IS NULL)', name=op.f('ck_counters_answer_time')),
    sa.CheckConstraint('answered_by IS NULL OR answered_by <> proposed_by', name=op.f('ck_counters_two_sides')),
    sa.CheckConstraint('ends_on IS NULL OR starts_on IS NULL OR ends_on > starts_on', name=op.f('ck_counters_term')),
    sa.CheckConstraint('funds_fen >= 0 AND in_kind_fen >= 0', name=op.f('ck_counters_amounts')),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_counters_answered_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_counters_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_counters_proposed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_counters'))
    )
    with op.batch_alter_table('counters', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_counters_pairing_id'), ['pairing_id'], unique=False)
        batch_op.create_index('uq_counters_open', ['pairing_id'], unique=True,
                              sqlite_where=sa.text("status = 'open'"),
                              postgresql_where=sa.text("status = 'open'"))

    op.create_table('replies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('call_id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('offering_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('plan', sa.Text(), nullable=False),
    sa.Column('people', sa.Text(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('funds_fen', sa.BigInteger(), nullable=False),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=False),
    sa.Column('person_days', sa.Integer(), nullable=False),
    sa.Column('fault', sa.Text(), nullable=False),
    sa.Column('mend_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('need_version', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=False),
    sa.Column('sent_by', sa.Integer(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pairing_id', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(fault = '') = (mend_until IS NULL)", name=op.f('ck_replies_fault')),
    sa.CheckConstraint("(status = 'chosen') = (pairing_id IS NOT NULL)", name=op.f('ck_replies_chosen_is_paired')),
    sa.CheckConstraint("NOT (status IN ('chosen', 'faulty', 'not_chosen', 'sent', 'shortlisted')) "
        "OR (sent_by IS NOT NULL AND sent_at IS NOT NULL AND offering_id IS NOT NULL)",
        name=op.f('ck_replies_sent')),
    sa.CheckConstraint("status <> 'not_chosen' OR status_reason <> ''", name=op.f('ck_replies_losers_are_told_why')),
    sa.CheckConstraint("status IN ('draft', 'sent', 'faulty', 'shortlisted', 'chosen', 'not_chosen', 'withdrawn')",
        name=op.f('ck_replies_status')),
    sa.CheckConstraint('ends_on IS NULL OR starts_on IS NULL OR ends_on > starts_on', name=op.f('ck_replies_term')),
    sa.CheckConstraint('funds_fen >= 0 AND in_kind_fen >= 0 AND person_days >= 0', name=op.f('ck_replies_amounts')),
    sa.ForeignKeyConstraint(['call_id'], ['calls.id'], name=op.f('fk_replies_call_id_calls')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_replies_created_by_users')),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_replies_offering_id_offerings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'],
        name=op.f('fk_replies_organization_id_organizations')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_replies_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['sent_by'], ['users.id'], name=op.f('fk_replies_sent_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_replies')),
    sa.UniqueConstraint('call_id', 'organization_id', name=op.f('uq_replies_call_id_organization_id')),
    sa.UniqueConstraint('code', name=op.f('uq_replies_code')),
    sa.UniqueConstraint('pairing_id', name=op.f('uq_replies_pairing_id'))
    )
    with op.batch_alter_table('replies', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_replies_offering_id'), ['offering_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_replies_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_replies_status'), ['status'], unique=False)

    op.create_table('counter_lines',
    sa.Column('counter_id', sa.Integer(), nullable=False),
    sa.Column('need_line_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_counter_lines_quantity')),
    sa.ForeignKeyConstraint(['counter_id'], ['counters.id'],
        name=op.f('fk_counter_lines_counter_id_counters'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['need_line_id'], ['need_lines.id'],
        name=op.f('fk_counter_lines_need_line_id_need_lines')),
    sa.PrimaryKeyConstraint('counter_id', 'need_line_id', name=op.f('pk_counter_lines'))
    )
    with op.batch_alter_table('counter_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_counter_lines_need_line_id'), ['need_line_id'], unique=False)

    op.create_table('reply_items',
    sa.Column('reply_id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.Column('points', sa.Integer(), nullable=True),
    sa.CheckConstraint('points BETWEEN 0 AND 100', name=op.f('ck_reply_items_points')),
    sa.CheckConstraint('points IS NULL OR passed IS NULL', name=op.f('ck_reply_items_one_judgement')),
    sa.ForeignKeyConstraint(['item_id'], ['call_items.id'],
        name=op.f('fk_reply_items_item_id_call_items'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reply_id'], ['replies.id'],
        name=op.f('fk_reply_items_reply_id_replies'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('reply_id', 'item_id', name=op.f('pk_reply_items'))
    )
    with op.batch_alter_table('reply_items', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reply_items_item_id'), ['item_id'], unique=False)

    op.create_table('reply_lines',
    sa.Column('reply_id', sa.Integer(), nullable=False),
    sa.Column('need_line_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_reply_lines_quantity')),
    sa.ForeignKeyConstraint(['need_line_id'], ['need_lines.id'], name=op.f('fk_reply_lines_need_line_id_need_lines')),
    sa.ForeignKeyConstraint(['reply_id'], ['replies.id'],
        name=op.f('fk_reply_lines_reply_id_replies'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('reply_id', 'need_line_id', name=op.f('pk_reply_lines'))
    )
    with op.batch_alter_table('reply_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reply_lines_need_line_id'), ['need_line_id'], unique=False)

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.add_column(sa.Column('pending_replies_most', sa.Integer(), nullable=False, server_default='5'))
    with op.batch_alter_table('campaigns', schema=None) as batch_op:  # the default is the model's, not the table's
        batch_op.alter_column('pending_replies_most', existing_type=sa.Integer(), existing_nullable=False,
                              server_default=None)
        batch_op.create_check_constraint(batch_op.f('ck_campaigns_pending_replies_most'),
                                         'pending_replies_most BETWEEN 1 AND 100')

    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('reserved_until', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_pairings_reserved_until'), ['reserved_until'], unique=False)
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.create_check_constraint(batch_op.f('ck_pairings_reserved'),
                                         "reserved_until IS NULL OR (status = 'proposed' AND origin = 'order')")


def downgrade():
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_pairings_reserved'), type_='check')
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pairings_reserved_until'))
        batch_op.drop_column('reserved_until')

    with op.batch_alter_table('campaigns', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_campaigns_pending_replies_most'), type_='check')
        batch_op.drop_column('pending_replies_most')

    with op.batch_alter_table('reply_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reply_lines_need_line_id'))

    op.drop_table('reply_lines')
    with op.batch_alter_table('reply_items', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_reply_items_item_id'))

    op.drop_table('reply_items')
    with op.batch_alter_table('counter_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_counter_lines_need_line_id'))

    op.drop_table('counter_lines')
    with op.batch_alter_table('replies', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_replies_status'))
        batch_op.drop_index(batch_op.f('ix_replies_organization_id'))
        batch_op.drop_index(batch_op.f('ix_replies_offering_id'))

    op.drop_table('replies')
    with op.batch_alter_table('counters', schema=None) as batch_op:
        batch_op.drop_index('uq_counters_open', sqlite_where=sa.text("status = 'open'"),
                              postgresql_where=sa.text("status = 'open'"))
        batch_op.drop_index(batch_op.f('ix_counters_pairing_id'))

    op.drop_table('counters')
    with op.batch_alter_table('call_questions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_call_questions_organization_id'))
        batch_op.drop_index(batch_op.f('ix_call_questions_call_id'))

    op.drop_table('call_questions')
    op.drop_table('call_items')
    with op.batch_alter_table('calls', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_calls_status'))
        batch_op.drop_index(batch_op.f('ix_calls_county_code'))
        batch_op.drop_index(batch_op.f('ix_calls_closing_at'))

    op.drop_table('calls')
    op.drop_table('silence_reminders')
