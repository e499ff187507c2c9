"""work that can be followed: plans, milestones, progress reports, photos, visits, complaints

Revision ID: 0010
Revises: 0009
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('complaints',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('filed_by', sa.Integer(), nullable=False),
    sa.Column('filed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rule_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('answered_by', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ruling', sa.String(length=10), nullable=True),
    sa.Column('ruling_words', sa.Text(), nullable=False),
    sa.Column('closed_by', sa.Integer(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'ruled') = (ruling IS NOT NULL)", name=op.f('ck_complaints_ruling_present')),
    sa.CheckConstraint("ruling IS NULL OR ruling IN ('upheld', 'partly', 'dismissed')", name=op.f('ck_complaints_ruling')),
    sa.CheckConstraint("side IN ('county', 'organization')", name=op.f('ck_complaints_side')),
    sa.CheckConstraint("status <> 'answered' OR answered_at IS NOT NULL", name=op.f('ck_complaints_answer_present')),
    sa.CheckConstraint("status IN ('open', 'answered', 'ruled', 'withdrawn')", name=op.f('ck_complaints_status')),
    sa.ForeignKeyConstraint(['answered_by'], ['users.id'], name=op.f('fk_complaints_answered_by_users')),
    sa.ForeignKeyConstraint(['closed_by'], ['users.id'], name=op.f('fk_complaints_closed_by_users')),
    sa.ForeignKeyConstraint(['filed_by'], ['users.id'], name=op.f('fk_complaints_filed_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_complaints_pairing_id_pairings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_complaints'))
    )
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_complaints_pairing_id'), ['pairing_id'], unique=False)
        batch_op.create_index('uq_complaints_open', ['pairing_id', 'side'], unique=True, sqlite_where=sa.text("status IN ('answered', 'open')"), postgresql_where=sa.text("status IN ('answered', 'open')"))

    op.create_table('photo_prints',
    sa.Column('attachment_id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=7), nullable=False),
    sa.Column('looks', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['attachment_id'], ['attachments.id'], name=op.f('fk_photo_prints_attachment_id_attachments')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_photo_prints_pairing_id_pairings')),
    sa.PrimaryKeyConstraint('attachment_id', name=op.f('pk_photo_prints'))
    )
    with op.batch_alter_table('photo_prints', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_photo_prints_pairing_id'), ['pairing_id'], unique=False)

    op.create_table('progress_reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.String(length=7), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('done', sa.Text(), nullable=False),
    sa.Column('difficulties', sa.Text(), nullable=False),
    sa.Column('funds_fen', sa.BigInteger(), nullable=False),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=False),
    sa.Column('households', sa.BigInteger(), nullable=False),
    sa.Column('people', sa.BigInteger(), nullable=False),
    sa.Column('trained', sa.BigInteger(), nullable=False),
    sa.Column('employed', sa.BigInteger(), nullable=False),
    sa.Column('sales_fen', sa.BigInteger(), nullable=False),
    sa.Column('reported_by', sa.Integer(), nullable=False),
    sa.Column('reported_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('mended_by', sa.Integer(), nullable=True),
    sa.Column('mended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("side IN ('county', 'organization')", name=op.f('ck_progress_reports_side')),
    sa.CheckConstraint('employed BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_employed')),
    sa.CheckConstraint('funds_fen BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_funds_fen')),
    sa.CheckConstraint('households BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_households')),
    sa.CheckConstraint('in_kind_fen BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_in_kind_fen')),
    sa.CheckConstraint('people BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_people')),
    sa.CheckConstraint('sales_fen BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_sales_fen')),
    sa.CheckConstraint('trained BETWEEN 0 AND 1000000000000000', name=op.f('ck_progress_reports_trained')),
    sa.ForeignKeyConstraint(['mended_by'], ['users.id'], name=op.f('fk_progress_reports_mended_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_progress_reports_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['reported_by'], ['users.id'], name=op.f('fk_progress_reports_reported_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_progress_reports')),
    sa.UniqueConstraint('pairing_id', 'period', name='uq_progress_reports_once')
    )
    with op.batch_alter_table('progress_reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_progress_reports_pairing_id'), ['pairing_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_progress_reports_reported_at'), ['reported_at'], unique=False)

    op.create_table('tracking_plans',
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('rhythm', sa.String(length=10), nullable=False),
    sa.Column('set_by', sa.Integer(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("rhythm IN ('monthly', 'quarterly')", name=op.f('ck_tracking_plans_rhythm')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_tracking_plans_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['set_by'], ['users.id'], name=op.f('fk_tracking_plans_set_by_users')),
    sa.PrimaryKeyConstraint('pairing_id', name=op.f('pk_tracking_plans'))
    )
    op.create_table('tracking_reminders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('word', sa.String(length=40), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_tracking_reminders_pairing_id_pairings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_tracking_reminders')),
    sa.UniqueConstraint('pairing_id', 'word', name='uq_tracking_reminders_once')
    )
    op.create_table('visits',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('way', sa.String(length=10), nullable=False),
    sa.Column('on_day', sa.Date(), nullable=False),
    sa.Column('whom', sa.String(length=60), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('follow_up_on', sa.Date(), nullable=True),
    sa.Column('noted_by', sa.Integer(), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('followed_by', sa.Integer(), nullable=True),
    sa.Column('followed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('once', sa.String(length=32), nullable=False),
    sa.CheckConstraint("way IN ('visit', 'call', 'online')", name=op.f('ck_visits_way')),
    sa.CheckConstraint('(followed_at IS NULL) = (followed_by IS NULL)', name=op.f('ck_visits_follower')),
    sa.CheckConstraint('follow_up_on IS NULL OR follow_up_on >= on_day', name=op.f('ck_visits_follow_up_after')),
    sa.ForeignKeyConstraint(['followed_by'], ['users.id'], name=op.f('fk_visits_followed_by_users')),
    sa.ForeignKeyConstraint(['noted_by'], ['users.id'], name=op.f('fk_visits_noted_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_visits_pairing_id_pairings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visits')),
    sa.UniqueConstraint('once', name=op.f('uq_visits_once'))
    )
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visits_pairing_id'), ['pairing_id'], unique=False)

    op.create_table('milestones',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=False),
    sa.Column('share', sa.Integer(), nullable=False),
    sa.Column('done_on', sa.Date(), nullable=True),
    sa.Column('done_by', sa.Integer(), nullable=True),
    sa.CheckConstraint('(done_on IS NULL) = (done_by IS NULL)', name=op.f('ck_milestones_doer')),
    sa.CheckConstraint('share BETWEEN 1 AND 100', name=op.f('ck_milestones_share')),
    sa.ForeignKeyConstraint(['done_by'], ['users.id'], name=op.f('fk_milestones_done_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['tracking_plans.pairing_id'], name=op.f('fk_milestones_pairing_id_tracking_plans')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_milestones'))
    )
    with op.batch_alter_table('milestones', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_milestones_pairing_id'), ['pairing_id'], unique=False)

    op.create_table('progress_lines',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('need_line_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_progress_lines_quantity')),
    sa.ForeignKeyConstraint(['need_line_id'], ['need_lines.id'], name=op.f('fk_progress_lines_need_line_id_need_lines')),
    sa.ForeignKeyConstraint(['report_id'], ['progress_reports.id'], name=op.f('fk_progress_lines_report_id_progress_reports'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report_id', 'need_line_id', name=op.f('pk_progress_lines'))
    )
    with op.batch_alter_table('progress_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_progress_lines_need_line_id'), ['need_line_id'], unique=False)



def downgrade():
    with op.batch_alter_table('progress_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_progress_lines_need_line_id'))

    op.drop_table('progress_lines')
    with op.batch_alter_table('milestones', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_milestones_pairing_id'))

    op.drop_table('milestones')
    with op.batch_alter_table('visits', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_visits_pairing_id'))

    op.drop_table('visits')
    op.drop_table('tracking_reminders')
    op.drop_table('tracking_plans')
    with op.batch_alter_table('progress_reports', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_progress_reports_reported_at'))
        batch_op.drop_index(batch_op.f('ix_progress_reports_pairing_id'))

    op.drop_table('progress_reports')
    with op.batch_alter_table('photo_prints', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_photo_prints_pairing_id'))

    op.drop_table('photo_prints')
    with op.batch_alter_table('complaints', schema=None) as batch_op:
        batch_op.drop_index('uq_complaints_open', sqlite_where=sa.text("status IN ('answered', 'open')"), postgresql_where=sa.text("status IN ('answered', 'open')"))
        batch_op.drop_index(batch_op.f('ix_complaints_pairing_id'))

    op.drop_table('complaints')
