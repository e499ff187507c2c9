"""organizations: papers, what vetters found, people with roles, reminders of endings, rosters

Revision ID: 0008
Revises: 0007
Created: 2026-11-26
"""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

MEMBER = ("(role = 'organization_member' AND member_role IS NOT NULL AND member_role IN ('owner', 'staff', 'reader'))"
          " OR (role <> 'organization_member' AND member_role IS NULL)")


def upgrade():
    op.create_table('vettings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=False),
    sa.Column('verb', sa.String(length=10), nullable=False),
    sa.Column('found', sa.Text(), nullable=False),
    sa.CheckConstraint("verb IN ('vet', 'return')", name=op.f('ck_vettings_verb')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_vettings_decided_by_users')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'],
                            name=op.f('fk_vettings_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vettings')),
    sa.UniqueConstraint('organization_id', 'submitted_at', name='uq_vettings_submission')
    )
    op.create_table('ending_reminders',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('thing', sa.String(length=20), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('mark', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("thing IN ('rating', 'certificate', 'tax', 'penalty', 'agreement')",
                       name=op.f('ck_ending_reminders_thing')),
    sa.CheckConstraint('mark IN (90, 30, 7)', name=op.f('ck_ending_reminders_mark')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'],
                            name=op.f('fk_ending_reminders_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ending_reminders')),
    sa.UniqueConstraint('organization_id', 'thing', 'subject', 'ends_on', 'mark', name='uq_ending_reminders_once')
    )
    op.create_table('rosters',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('office', sa.String(length=40), nullable=False),
    sa.Column('topic', sa.String(length=12), nullable=False),
    sa.Column('is_complete', sa.Boolean(), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('basis', sa.String(length=120), nullable=False),
    sa.Column('looked_on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('owner_name', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'undone') = (undone_at IS NOT NULL)", name=op.f('ck_rosters_undone')),
    sa.CheckConstraint("(status IN ('applied', 'undone')) = (applied_at IS NOT NULL)",
                       name=op.f('ck_rosters_applied')),
    sa.CheckConstraint("status IN ('preview', 'applied', 'undone', 'discarded')", name=op.f('ck_rosters_status')),
    sa.CheckConstraint("topic IN ('abnormal', 'dishonest', 'rating', 'report')", name=op.f('ck_rosters_topic')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_rosters_owner_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rosters'))
    )
    op.create_index('ix_rosters_office', 'rosters', ['office', 'id'], unique=False)
    op.create_table('roster_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('roster_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('code', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('before_json', sa.Text(), nullable=False),
    sa.Column('after_json', sa.Text(), nullable=False),
    sa.Column('version_after', sa.Integer(), nullable=True),
    sa.CheckConstraint("state IN ('removal', 'change', 'faulty', 'unknown', 'outside', 'same')",
                       name=op.f('ck_roster_rows_state')),
    sa.ForeignKeyConstraint(['roster_id'], ['rosters.id'], name=op.f('fk_roster_rows_roster_id_rosters')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_rows'))
    )
    op.create_index('ix_roster_rows_state', 'roster_rows', ['roster_id', 'state'], unique=False)
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('document', sa.String(length=20), nullable=False, server_default=''))
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.alter_column('document', server_default=None)
    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.add_column(sa.Column('certificate_ends_on', sa.Date(), nullable=True))
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.add_column(sa.Column('member_role', sa.String(length=10), nullable=True))
    # Whoever is alone in his organization answers for it.
    op.execute("UPDATE users SET member_role = 'owner' WHERE role = 'organization_member'")
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.create_check_constraint(batch_op.f('ck_users_member_role'), MEMBER)


def downgrade():
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_users_member_role'), type_='check')
        batch_op.drop_column('member_role')
    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.drop_column('certificate_ends_on')
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.drop_column('document')
    op.drop_table('roster_rows')
    op.drop_table('rosters')
    op.drop_table('ending_reminders')
    op.drop_table('vettings')
