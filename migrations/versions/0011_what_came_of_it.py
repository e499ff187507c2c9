"""what came of pairings: closing reports, evaluations, certificates, cases

Revision ID: 0011
Revises: 0010
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('case_drafts',
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('publication_id', sa.Integer(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['by'], ['users.id'], name=op.f('fk_case_drafts_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_case_drafts_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['publication_id'], ['publications.id'], name=op.f('fk_case_drafts_publication_id_publications')),
    sa.PrimaryKeyConstraint('pairing_id', name=op.f('pk_case_drafts')),
    sa.UniqueConstraint('publication_id', name=op.f('uq_case_drafts_publication_id'))
    )
    op.create_table('certificates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('number', sa.String(length=16), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=12), nullable=False),
    sa.Column('content_json', sa.Text(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('issued_by', sa.Integer(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_by', sa.Integer(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_for', sa.Text(), nullable=False),
    sa.CheckConstraint('(revoked_at IS NULL) = (revoked_by IS NULL)', name=op.f('ck_certificates_revoker')),
    sa.CheckConstraint('length(digest) = 64', name=op.f('ck_certificates_digest')),
    sa.ForeignKeyConstraint(['issued_by'], ['users.id'], name=op.f('fk_certificates_issued_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_certificates_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['revoked_by'], ['users.id'], name=op.f('fk_certificates_revoked_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_certificates')),
    sa.UniqueConstraint('code', name=op.f('uq_certificates_code')),
    sa.UniqueConstraint('number', name=op.f('uq_certificates_number'))
    )
    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_certificates_pairing_id'), ['pairing_id'], unique=False)
        batch_op.create_index('uq_certificates_valid', ['pairing_id'], unique=True, sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))

    op.create_table('closing_reports',
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('done', sa.Text(), nullable=False),
    sa.Column('remains', sa.Text(), nullable=False),
    sa.Column('lessons', sa.Text(), nullable=False),
    sa.Column('funds_fen', sa.BigInteger(), nullable=False),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=False),
    sa.Column('households', sa.BigInteger(), nullable=False),
    sa.Column('people', sa.BigInteger(), nullable=False),
    sa.Column('trained', sa.BigInteger(), nullable=False),
    sa.Column('employed', sa.BigInteger(), nullable=False),
    sa.Column('sales_fen', sa.BigInteger(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('written_by', sa.Integer(), nullable=False),
    sa.Column('written_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("side IN ('county', 'organization')", name=op.f('ck_closing_reports_side')),
    sa.CheckConstraint("status <> 'confirmed' OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)", name=op.f('ck_closing_reports_confirmer_present')),
    sa.CheckConstraint("status <> 'confirmed' OR decided_by <> written_by", name=op.f('ck_closing_reports_two_people')),
    sa.CheckConstraint("status IN ('draft', 'submitted', 'returned', 'confirmed')", name=op.f('ck_closing_reports_status')),
    sa.CheckConstraint('employed BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_employed')),
    sa.CheckConstraint('funds_fen BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_funds_fen')),
    sa.CheckConstraint('households BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_households')),
    sa.CheckConstraint('in_kind_fen BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_in_kind_fen')),
    sa.CheckConstraint('people BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_people')),
    sa.CheckConstraint('sales_fen BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_sales_fen')),
    sa.CheckConstraint('trained BETWEEN 0 AND 1000000000000000', name=op.f('ck_closing_reports_trained')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_closing_reports_decided_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_closing_reports_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['written_by'], ['users.id'], name=op.f('fk_closing_reports_written_by_users')),
    sa.PrimaryKeyConstraint('pairing_id', name=op.f('pk_closing_reports'))
    )
    op.create_table('evaluations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('stars', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reply', sa.Text(), nullable=False),
    sa.Column('reply_by', sa.Integer(), nullable=True),
    sa.Column('reply_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("side IN ('county', 'organization')", name=op.f('ck_evaluations_side')),
    sa.CheckConstraint('(reply_at IS NULL) = (reply_by IS NULL)', name=op.f('ck_evaluations_replier')),
    sa.CheckConstraint('stars BETWEEN 1 AND 5', name=op.f('ck_evaluations_stars')),
    sa.ForeignKeyConstraint(['by'], ['users.id'], name=op.f('fk_evaluations_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_evaluations_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['reply_by'], ['users.id'], name=op.f('fk_evaluations_reply_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evaluations')),
    sa.UniqueConstraint('pairing_id', 'side', name='uq_evaluations_once')
    )
    with op.batch_alter_table('evaluations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_evaluations_pairing_id'), ['pairing_id'], unique=False)



def downgrade():
    with op.batch_alter_table('evaluations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_evaluations_pairing_id'))

    op.drop_table('evaluations')
    op.drop_table('closing_reports')
    with op.batch_alter_table('certificates', schema=None) as batch_op:
        batch_op.drop_index('uq_certificates_valid', sqlite_where=sa.text('revoked_at IS NULL'), postgresql_where=sa.text('revoked_at IS NULL'))
        batch_op.drop_index(batch_op.f('ix_certificates_pairing_id'))

    op.drop_table('certificates')
    op.drop_table('case_drafts')
