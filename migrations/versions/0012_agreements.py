"""agreements, their versions, and their amendments

Revision ID: 0012
Revises: 0011
Created: 2026-11-27
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('agreements',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.Column('blocks', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('organization_by', sa.Integer(), nullable=True),
    sa.Column('organization_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('organization_hash', sa.String(length=64), nullable=False),
    sa.Column('county_by', sa.Integer(), nullable=True),
    sa.Column('county_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('county_hash', sa.String(length=64), nullable=False),
    sa.Column('method', sa.String(length=10), nullable=False),
    sa.Column('signed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('signed_by', sa.Integer(), nullable=True),
    sa.Column('signed_sha256', sa.String(length=64), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(county_by IS NULL) = (county_at IS NULL) AND (county_by IS NULL) = (county_hash = '')",
        name=op.f('ck_agreements_county_confirmed')),
    sa.CheckConstraint("(method = '') = (signed_at IS NULL) AND "
        "(method = '') = (signed_sha256 = '') AND "
        "(method = '') = (signed_by IS NULL)",
        name=op.f('ck_agreements_signed')),
    sa.CheckConstraint("(method = 'copy') = (file_id IS NOT NULL)", name=op.f('ck_agreements_copy_present')),
    sa.CheckConstraint("(organization_by IS NULL) = (organization_at IS NULL) AND "
        "(organization_by IS NULL) = (organization_hash = '')",
        name=op.f('ck_agreements_organization_confirmed')),
    sa.CheckConstraint("method <> 'both' OR (county_hash <> '' AND signed_sha256 = county_hash)",
        name=op.f('ck_agreements_both_confirmed')),
    sa.CheckConstraint("method IN ('', 'both', 'copy')", name=op.f('ck_agreements_method')),
    sa.CheckConstraint("organization_hash IN ('', sha256) AND county_hash IN ('', sha256)",
        name=op.f('ck_agreements_same_text')),
    sa.CheckConstraint('county_by IS NULL OR (organization_by IS NOT NULL AND county_by <> organization_by)',
        name=op.f('ck_agreements_organization_first')),
    sa.ForeignKeyConstraint(['county_by'], ['users.id'], name=op.f('fk_agreements_county_by_users')),
    sa.ForeignKeyConstraint(['file_id'], ['attachments.id'], name=op.f('fk_agreements_file_id_attachments')),
    sa.ForeignKeyConstraint(['organization_by'], ['users.id'], name=op.f('fk_agreements_organization_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_agreements_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['signed_by'], ['users.id'], name=op.f('fk_agreements_signed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agreements')),
    sa.UniqueConstraint('pairing_id', name=op.f('uq_agreements_pairing_id'))
    )
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_agreements_file_id'), ['file_id'], unique=False)

    op.create_table('amendments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=True),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('funds_fen', sa.BigInteger(), nullable=True),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=True),
    sa.Column('lines', sa.Text(), nullable=False),
    sa.Column('former', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'confirmed') = (number IS NOT NULL)", name=op.f('ck_amendments_number')),
    sa.CheckConstraint("(status = 'proposed') = (decided_at IS NULL) AND "
        "(status = 'proposed') = (decided_by IS NULL)",
        name=op.f('ck_amendments_decided')),
    sa.CheckConstraint("side IN ('county', 'organization')", name=op.f('ck_amendments_side')),
    sa.CheckConstraint("status IN ('proposed', 'confirmed', 'declined', 'withdrawn')",
        name=op.f('ck_amendments_status')),
    sa.CheckConstraint("status NOT IN ('confirmed', 'declined') OR decided_by <> proposed_by",
        name=op.f('ck_amendments_two_sides')),
    sa.CheckConstraint('(funds_fen IS NULL OR funds_fen >= 0) AND (in_kind_fen IS NULL OR in_kind_fen >= 0)',
        name=op.f('ck_amendments_amounts')),
    sa.CheckConstraint('starts_on IS NULL OR ends_on IS NULL OR ends_on > starts_on',
        name=op.f('ck_amendments_term')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_amendments_decided_by_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_amendments_pairing_id_pairings')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_amendments_proposed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_amendments')),
    sa.UniqueConstraint('pairing_id', 'number', name=op.f('uq_amendments_pairing_id_number'))
    )
    with op.batch_alter_table('amendments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_amendments_pairing_id'), ['pairing_id'], unique=False)
        batch_op.create_index('uq_amendments_open', ['pairing_id'], unique=True,
            sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))

    op.create_table('agreement_drafts',
    sa.Column('agreement_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=False),
    sa.Column('actor_name', sa.String(length=60), nullable=False),
    sa.Column('side', sa.String(length=12), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=False),
    sa.CheckConstraint("side IN ('county', 'organization')", name=op.f('ck_agreement_drafts_side')),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_agreement_drafts_actor_id_users')),
    sa.ForeignKeyConstraint(['agreement_id'], ['agreements.id'],
        name=op.f('fk_agreement_drafts_agreement_id_agreements'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('agreement_id', 'number', name=op.f('pk_agreement_drafts'))
    )


def downgrade():
    op.drop_table('agreement_drafts')
    with op.batch_alter_table('amendments', schema=None) as batch_op:
        batch_op.drop_index('uq_amendments_open',
            sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))
        batch_op.drop_index(batch_op.f('ix_amendments_pairing_id'))

    op.drop_table('amendments')
    with op.batch_alter_table('agreements', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_agreements_file_id'))

    op.drop_table('agreements')
