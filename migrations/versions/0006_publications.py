"""publications, and the document and clause that a need cites

Revision ID: 0006
Revises: 0005
Created: 2026-11-26
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

LIVE = "status NOT IN ('discarded', 'withdrawn')"


def upgrade():
    op.create_table('publications',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('index_number', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('topic', sa.String(length=20), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('area_code', sa.String(length=9), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('issuer', sa.String(length=80), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('document_number', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('source_name', sa.String(length=80), nullable=False),
    sa.Column('source_url', sa.String(length=300), nullable=False),
    sa.Column('implements_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('revises_id', sa.Integer(), nullable=True),
    sa.Column('superseded_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('abolished_on', sa.Date(), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_reason', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('submitted_by', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'abolished') = (abolished_on IS NOT NULL)", name=op.f('ck_publications_abolished_on')),
    sa.CheckConstraint("channel IN ('plan', 'policy', 'project', 'notice', 'case')", name=op.f('ck_publications_channel')),
    sa.CheckConstraint("level IN ('nation', 'province', 'city', 'county')", name=op.f('ck_publications_level')),
    sa.CheckConstraint("status <> 'withdrawn' OR withdrawn_at IS NOT NULL", name=op.f('ck_publications_withdrawn_at')),
    sa.CheckConstraint("status IN ('discarded', 'draft', 'returned', 'submitted') OR (released_by IS NOT NULL AND released_at IS NOT NULL AND decided_at IS NOT NULL)", name=op.f('ck_publications_releaser_present')),
    sa.CheckConstraint("status IN ('draft', 'submitted', 'returned', 'released', 'abolished', 'withdrawn', 'discarded')", name=op.f('ck_publications_status')),
    sa.CheckConstraint("topic IN ('organizations', 'revitalization', 'agriculture', 'elderly', 'children', 'education', 'employment', 'health', 'culture', 'charity', 'governance', 'general')", name=op.f('ck_publications_topic')),
    sa.CheckConstraint('ends_on IS NULL OR implements_on IS NULL OR ends_on >= implements_on', name=op.f('ck_publications_dates')),
    sa.CheckConstraint('released_at IS NULL OR released_at >= decided_at', name=op.f('ck_publications_not_released_in_the_past')),
    sa.CheckConstraint('released_by IS NULL OR (submitted_by IS NOT NULL AND released_by <> submitted_by)', name=op.f('ck_publications_maker_is_not_checker')),
    sa.CheckConstraint('revises_id IS NULL OR revises_id <> id', name=op.f('ck_publications_revises_another')),
    sa.ForeignKeyConstraint(['area_code'], ['regions.code'], name=op.f('fk_publications_area_code_regions')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_publications_created_by_users')),
    sa.ForeignKeyConstraint(['released_by'], ['users.id'], name=op.f('fk_publications_released_by_users')),
    sa.ForeignKeyConstraint(['revises_id'], ['publications.id'], name=op.f('fk_publications_revises_id_publications')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_publications_submitted_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_publications')),
    sa.UniqueConstraint('code', name=op.f('uq_publications_code')),
    sa.UniqueConstraint('index_number', name=op.f('uq_publications_index_number'))
    )
    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_publications_area_code'), ['area_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_publications_channel'), ['channel'], unique=False)
        batch_op.create_index('ix_publications_status_released', ['status', 'released_at'], unique=False)
        batch_op.create_index('uq_publications_revision', ['revises_id'], unique=True, sqlite_where=sa.text(LIVE), postgresql_where=sa.text(LIVE))

    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('basis_code', sa.String(length=24), nullable=True))
        batch_op.add_column(sa.Column('basis_clause', sa.String(length=80), nullable=False, server_default=''))
        batch_op.create_index(batch_op.f('ix_needs_basis_code'), ['basis_code'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_needs_basis_code_publications'), 'publications', ['basis_code'], ['code'])
    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.alter_column('basis_clause', existing_type=sa.String(length=80), existing_nullable=False,
                              server_default=None)  # the default is the model's, not the table's


def downgrade():
    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_needs_basis_code_publications'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_needs_basis_code'))
        batch_op.drop_column('basis_clause')
        batch_op.drop_column('basis_code')

    with op.batch_alter_table('publications', schema=None) as batch_op:
        batch_op.drop_index('uq_publications_revision', sqlite_where=sa.text(LIVE), postgresql_where=sa.text(LIVE))
        batch_op.drop_index('ix_publications_status_released')
        batch_op.drop_index(batch_op.f('ix_publications_channel'))
        batch_op.drop_index(batch_op.f('ix_publications_area_code'))

    op.drop_table('publications')
