"""the first tables

Revision ID: 0001
Revises: 
Created: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None

# The audit can be read and added to, never changed: the database itself refuses. The same statements stand in
# audit/models.py for tables made without migrations.
SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))
POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION audit_rows_immutable() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'audit rows cannot be changed'; END $$",
    "CREATE TRIGGER audit_rows_no_change BEFORE UPDATE OR DELETE ON audit_rows "
    "FOR EACH ROW EXECUTE FUNCTION audit_rows_immutable()",
    "CREATE TRIGGER audit_rows_no_truncate BEFORE TRUNCATE ON audit_rows "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_rows_immutable()",
)

# Users and organizations point at each other. SQLite takes the key when the table is made and cannot add it later,
# PostgreSQL only when both tables are there.
FK_USERS = ("fk_users_organization_id_organizations", "users", "organizations", ["organization_id"], ["id"])
USER_ORGANIZATION = (sa.ForeignKeyConstraint(["organization_id"], ["organizations.id"], name=FK_USERS[0]),)


def upgrade():
    op.create_table('audit_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=60), nullable=False),
    sa.Column('actor_role', sa.String(length=30), nullable=False),
    sa.Column('address', sa.String(length=60), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('object_id', sa.String(length=40), nullable=False),
    sa.Column('object_label', sa.String(length=200), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=True),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('result', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('detail', sa.Text(), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.CheckConstraint("kind IN ('account', 'organization', 'need', 'offering', 'pairing', 'campaign', 'contact', 'export', 'system')", name=op.f('ck_audit_rows_kind')),
    sa.CheckConstraint("result IN ('done', 'refused')", name=op.f('ck_audit_rows_result')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_rows')),
    sa.UniqueConstraint('hash', name=op.f('uq_audit_rows_hash'))
    )
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_audit_rows_act'), ['act'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_rows_actor_id'), ['actor_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_rows_at'), ['at'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_rows_county_code'), ['county_code'], unique=False)
        batch_op.create_index('ix_audit_rows_kind_id', ['kind', 'id'], unique=False)
        batch_op.create_index('ix_audit_rows_kind_object', ['kind', 'object_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_audit_rows_organization_id'), ['organization_id'], unique=False)

    op.create_table('campaigns',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('ends_on', sa.Date(), nullable=False),
    sa.Column('goal', sa.Integer(), nullable=False),
    sa.Column('is_demo', sa.Boolean(), nullable=False),
    sa.Column('requires_rating', sa.Boolean(), nullable=False),
    sa.Column('requires_three_years', sa.Boolean(), nullable=False),
    sa.Column('requires_three_staff', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('ends_on > starts_on', name=op.f('ck_campaigns_dates')),
    sa.CheckConstraint('goal BETWEEN 1 AND 100000', name=op.f('ck_campaigns_goal')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_campaigns')),
    sa.UniqueConstraint('name', name=op.f('uq_campaigns_name'))
    )
    op.create_table('categories',
    sa.Column('code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('drawing', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('named_by_policy', sa.Boolean(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_categories')),
    sa.UniqueConstraint('name', name=op.f('uq_categories_name'))
    )
    op.create_table('regions',
    sa.Column('code', sa.String(length=9), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('level', sa.String(length=10), nullable=False),
    sa.Column('parent_code', sa.String(length=9), nullable=True),
    sa.Column('city_code', sa.String(length=9), nullable=True),
    sa.Column('is_city', sa.Boolean(), nullable=False),
    sa.Column('longitude', sa.Float(), nullable=True),
    sa.Column('latitude', sa.Float(), nullable=True),
    sa.CheckConstraint("level IN ('province', 'city', 'county', 'township')", name=op.f('ck_regions_level')),
    sa.ForeignKeyConstraint(['parent_code'], ['regions.code'], name=op.f('fk_regions_parent_code_regions')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_regions'))
    )
    with op.batch_alter_table('regions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_regions_city_code'), ['city_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_regions_level'), ['level'], unique=False)
        batch_op.create_index(batch_op.f('ix_regions_parent_code'), ['parent_code'], unique=False)

    op.create_table('key_counties',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('campaign_id', sa.Integer(), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=False),
    sa.Column('source', sa.String(length=200), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('recorded_on', sa.Date(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.CheckConstraint("status IN ('unverified', 'verified')", name=op.f('ck_key_counties_status')),
    sa.ForeignKeyConstraint(['campaign_id'], ['campaigns.id'], name=op.f('fk_key_counties_campaign_id_campaigns')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_key_counties_county_code_regions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_key_counties')),
    sa.UniqueConstraint('campaign_id', 'county_code', name=op.f('uq_key_counties_campaign_id_county_code'))
    )
    with op.batch_alter_table('key_counties', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_key_counties_campaign_id'), ['campaign_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_key_counties_county_code'), ['county_code'], unique=False)

    op.create_table('users',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('username', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('role', sa.String(length=30), nullable=False),
    sa.Column('position', sa.String(length=40), nullable=False),
    sa.Column('phone', sa.Text(), nullable=True),
    sa.Column('city_code', sa.String(length=9), nullable=True),
    sa.Column('county_code', sa.String(length=9), nullable=True),
    sa.Column('township_code', sa.String(length=9), nullable=True),
    sa.Column('organization_id', sa.Integer(), nullable=True),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('must_change_password', sa.Boolean(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_sign_in_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(role = 'county_officer' AND city_code IS NULL AND county_code IS NOT NULL AND township_code IS NULL AND organization_id IS NULL) OR (role = 'township_officer' AND city_code IS NULL AND county_code IS NULL AND township_code IS NOT NULL AND organization_id IS NULL) OR (role = 'organization_member' AND city_code IS NULL AND county_code IS NULL AND township_code IS NULL AND organization_id IS NOT NULL) OR (role = 'city_officer' AND city_code IS NOT NULL AND county_code IS NULL AND township_code IS NULL AND organization_id IS NULL) OR (role = 'province_officer' AND city_code IS NULL AND county_code IS NULL AND township_code IS NULL AND organization_id IS NULL) OR (role = 'system_admin' AND city_code IS NULL AND county_code IS NULL AND township_code IS NULL AND organization_id IS NULL) OR (role = 'security_admin' AND city_code IS NULL AND county_code IS NULL AND township_code IS NULL AND organization_id IS NULL) OR (role = 'auditor' AND city_code IS NULL AND county_code IS NULL AND township_code IS NULL AND organization_id IS NULL)", name=op.f('ck_users_scope')),
    sa.CheckConstraint("role IN ('county_officer', 'township_officer', 'organization_member', 'city_officer', 'province_officer', 'system_admin', 'security_admin', 'auditor')", name=op.f('ck_users_role')),
    sa.CheckConstraint('failures >= 0', name=op.f('ck_users_failures')),
    sa.ForeignKeyConstraint(['city_code'], ['regions.code'], name=op.f('fk_users_city_code_regions')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_users_county_code_regions')),
    *(USER_ORGANIZATION if op.get_bind().dialect.name == 'sqlite' else ()),
    sa.ForeignKeyConstraint(['township_code'], ['regions.code'], name=op.f('fk_users_township_code_regions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_users')),
    sa.UniqueConstraint('username', name=op.f('uq_users_username'))
    )
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_users_city_code'), ['city_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_users_county_code'), ['county_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_users_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_users_role'), ['role'], unique=False)
        batch_op.create_index(batch_op.f('ix_users_township_code'), ['township_code'], unique=False)

    op.create_table('former_passwords',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('used_until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_former_passwords_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_former_passwords'))
    )
    with op.batch_alter_table('former_passwords', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_former_passwords_user_id'), ['user_id'], unique=False)

    op.create_table('needs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('category_code', sa.String(length=40), nullable=False),
    sa.Column('aid_mode', sa.String(length=10), nullable=False),
    sa.Column('urgency', sa.String(length=10), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=False),
    sa.Column('township_code', sa.String(length=9), nullable=True),
    sa.Column('village', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('goal', sa.Text(), nullable=False),
    sa.Column('conditions', sa.Text(), nullable=False),
    sa.Column('basis', sa.String(length=200), nullable=False),
    sa.Column('funds_secured_fen', sa.BigInteger(), nullable=False),
    sa.Column('funds_gap_fen', sa.BigInteger(), nullable=False),
    sa.Column('beneficiaries', sa.Integer(), nullable=False),
    sa.Column('households', sa.Integer(), nullable=False),
    sa.Column('lifted_households', sa.Integer(), nullable=False),
    sa.Column('monitored_households', sa.Integer(), nullable=False),
    sa.Column('old_and_young', sa.Integer(), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('closing_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unit', sa.String(length=60), nullable=False),
    sa.Column('contact_name', sa.String(length=40), nullable=False),
    sa.Column('contact_phone', sa.Text(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('submitted_by', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('released_by', sa.Integer(), nullable=True),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("aid_mode IN ('relief', 'capacity', 'both')", name=op.f('ck_needs_aid_mode')),
    sa.CheckConstraint("status IN ('draft', 'returned', 'submitted', 'withdrawn') OR (released_by IS NOT NULL AND released_at IS NOT NULL)", name=op.f('ck_needs_releaser_present')),
    sa.CheckConstraint("status IN ('draft', 'submitted', 'returned', 'published', 'matched', 'fulfilled', 'closed', 'withdrawn')", name=op.f('ck_needs_status')),
    sa.CheckConstraint("urgency IN ('normal', 'soon', 'urgent')", name=op.f('ck_needs_urgency')),
    sa.CheckConstraint('beneficiaries >= 0 AND households >= 0 AND lifted_households >= 0 AND monitored_households >= 0 AND old_and_young >= 0', name=op.f('ck_needs_people')),
    sa.CheckConstraint('funds_secured_fen >= 0 AND funds_gap_fen >= 0', name=op.f('ck_needs_funds')),
    sa.CheckConstraint('released_by IS NULL OR submitted_by IS NULL OR released_by <> submitted_by', name=op.f('ck_needs_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_needs_category_code_categories')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_needs_county_code_regions')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_needs_created_by_users')),
    sa.ForeignKeyConstraint(['released_by'], ['users.id'], name=op.f('fk_needs_released_by_users')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_needs_submitted_by_users')),
    sa.ForeignKeyConstraint(['township_code'], ['regions.code'], name=op.f('fk_needs_township_code_regions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_needs')),
    sa.UniqueConstraint('code', name=op.f('uq_needs_code'))
    )
    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_needs_category_code'), ['category_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_needs_county_code'), ['county_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_needs_released_at'), ['released_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_needs_status'), ['status'], unique=False)
        batch_op.create_index('ix_needs_status_closing', ['status', 'closing_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_needs_township_code'), ['township_code'], unique=False)

    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('subject_kind', sa.String(length=20), nullable=False),
    sa.Column('subject_code', sa.String(length=40), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('to_do', 'told', 'refused', 'good')", name=op.f('ck_notices_kind')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notices_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices'))
    )
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.create_index('ix_notices_user_read', ['user_id', 'read_at'], unique=False)

    op.create_table('organizations',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('uscc', sa.String(length=18), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.String(length=2), nullable=False),
    sa.Column('authority_code', sa.String(length=6), nullable=False),
    sa.Column('registration_level', sa.String(length=10), nullable=False),
    sa.Column('supervisor', sa.String(length=100), nullable=False),
    sa.Column('legal_representative', sa.String(length=40), nullable=False),
    sa.Column('founded_on', sa.Date(), nullable=True),
    sa.Column('address', sa.String(length=200), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('full_time_staff', sa.Integer(), nullable=False),
    sa.Column('rating', sa.String(length=2), nullable=False),
    sa.Column('rating_ends_on', sa.Date(), nullable=True),
    sa.Column('is_charity', sa.Boolean(), nullable=False),
    sa.Column('tax_from_year', sa.Integer(), nullable=True),
    sa.Column('tax_to_year', sa.Integer(), nullable=True),
    sa.Column('report_year', sa.Integer(), nullable=True),
    sa.Column('report_result', sa.String(length=10), nullable=False),
    sa.Column('is_abnormal', sa.Boolean(), nullable=False),
    sa.Column('is_dishonest', sa.Boolean(), nullable=False),
    sa.Column('penalty_on', sa.Date(), nullable=True),
    sa.Column('penalty_until', sa.Date(), nullable=True),
    sa.Column('has_party_branch', sa.Boolean(), nullable=False),
    sa.Column('contact_name', sa.String(length=40), nullable=False),
    sa.Column('contact_phone', sa.Text(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('submitted_by', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('vetted_by', sa.Integer(), nullable=True),
    sa.Column('vetted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status IN ('suspended', 'vetted')) = (vetted_by IS NOT NULL)", name=op.f('ck_organizations_vetter_present')),
    sa.CheckConstraint("kind IN ('51', '52', '53')", name=op.f('ck_organizations_kind')),
    sa.CheckConstraint("rating IN ('5A', '4A', '3A', '2A', '1A', '')", name=op.f('ck_organizations_rating')),
    sa.CheckConstraint("registration_level IN ('nation', 'province', 'city', 'county')", name=op.f('ck_organizations_registration_level')),
    sa.CheckConstraint("report_result IN ('passed', 'basic', 'failed', 'missing')", name=op.f('ck_organizations_report_result')),
    sa.CheckConstraint("status IN ('draft', 'submitted', 'returned', 'vetted', 'suspended')", name=op.f('ck_organizations_status')),
    sa.CheckConstraint('full_time_staff >= 0', name=op.f('ck_organizations_staff')),
    sa.CheckConstraint('vetted_by IS NULL OR vetted_by <> submitted_by', name=op.f('ck_organizations_maker_is_not_checker')),
    sa.ForeignKeyConstraint(['submitted_by'], ['users.id'], name=op.f('fk_organizations_submitted_by_users')),
    sa.ForeignKeyConstraint(['vetted_by'], ['users.id'], name=op.f('fk_organizations_vetted_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_organizations')),
    sa.UniqueConstraint('uscc', name=op.f('uq_organizations_uscc'))
    )
    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_organizations_name'), ['name'], unique=False)
        batch_op.create_index(batch_op.f('ix_organizations_registration_level'), ['registration_level'], unique=False)
        batch_op.create_index(batch_op.f('ix_organizations_status'), ['status'], unique=False)

    op.create_table('sign_ins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=60), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_sign_ins_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_ins')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_ins_token_hash'))
    )
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sign_ins_user_id'), ['user_id'], unique=False)

    op.create_table('need_lines',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item', sa.String(length=60), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(length=10), nullable=False),
    sa.Column('unit_price_fen', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_need_lines_quantity')),
    sa.CheckConstraint('unit_price_fen >= 0', name=op.f('ck_need_lines_price')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_need_lines_need_id_needs'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_lines')),
    sa.UniqueConstraint('need_id', 'position', name=op.f('uq_need_lines_need_id_position'))
    )
    with op.batch_alter_table('need_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_lines_need_id'), ['need_id'], unique=False)

    op.create_table('offerings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('category_code', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('audience', sa.String(length=100), nullable=False),
    sa.Column('conditions', sa.Text(), nullable=False),
    sa.Column('past_cases', sa.Text(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('capacity_taken', sa.Integer(), nullable=False),
    sa.Column('funds_fen', sa.BigInteger(), nullable=False),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=False),
    sa.Column('person_days', sa.Integer(), nullable=False),
    sa.Column('cost_model', sa.String(length=10), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('contact_name', sa.String(length=40), nullable=False),
    sa.Column('contact_phone', sa.Text(), nullable=True),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("cost_model IN ('free', 'low', 'paid')", name=op.f('ck_offerings_cost_model')),
    sa.CheckConstraint("status IN ('draft', 'published', 'paused', 'withdrawn')", name=op.f('ck_offerings_status')),
    sa.CheckConstraint('capacity > 0', name=op.f('ck_offerings_capacity')),
    sa.CheckConstraint('capacity_taken >= 0 AND capacity_taken <= capacity', name=op.f('ck_offerings_capacity_taken')),
    sa.CheckConstraint('funds_fen >= 0 AND in_kind_fen >= 0 AND person_days >= 0', name=op.f('ck_offerings_amounts')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_offerings_category_code_categories')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_offerings_created_by_users')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_offerings_organization_id_organizations')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_offerings')),
    sa.UniqueConstraint('code', name=op.f('uq_offerings_code'))
    )
    with op.batch_alter_table('offerings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_offerings_category_code'), ['category_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_offerings_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_offerings_published_at'), ['published_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_offerings_status'), ['status'], unique=False)

    op.create_table('offering_areas',
    sa.Column('offering_id', sa.Integer(), nullable=False),
    sa.Column('region_code', sa.String(length=9), nullable=False),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_offering_areas_offering_id_offerings'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['region_code'], ['regions.code'], name=op.f('fk_offering_areas_region_code_regions')),
    sa.PrimaryKeyConstraint('offering_id', 'region_code', name=op.f('pk_offering_areas'))
    )
    with op.batch_alter_table('offering_areas', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_offering_areas_region_code'), ['region_code'], unique=False)

    op.create_table('pairings',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('offering_id', sa.Integer(), nullable=False),
    sa.Column('organization_id', sa.Integer(), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=False),
    sa.Column('category_code', sa.String(length=40), nullable=False),
    sa.Column('origin', sa.String(length=10), nullable=False),
    sa.Column('approval_level', sa.String(length=10), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('status_reason', sa.Text(), nullable=False),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('offered_funds_fen', sa.BigInteger(), nullable=False),
    sa.Column('offered_in_kind_fen', sa.BigInteger(), nullable=False),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('reasons', sa.Text(), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_by', sa.Integer(), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('approver_id', sa.Integer(), nullable=True),
    sa.Column('approved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('agreement_number', sa.String(length=60), nullable=False),
    sa.Column('signed_on', sa.Date(), nullable=True),
    sa.Column('starts_on', sa.Date(), nullable=True),
    sa.Column('ends_on', sa.Date(), nullable=True),
    sa.Column('funds_fen', sa.BigInteger(), nullable=True),
    sa.Column('in_kind_fen', sa.BigInteger(), nullable=True),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status IN ('active', 'approved', 'completed', 'terminated')) = (approver_id IS NOT NULL)", name=op.f('ck_pairings_approver_present')),
    sa.CheckConstraint("NOT (status IN ('active', 'completed')) OR (signed_on IS NOT NULL AND starts_on IS NOT NULL AND ends_on IS NOT NULL AND funds_fen IS NOT NULL AND in_kind_fen IS NOT NULL)", name=op.f('ck_pairings_agreement_present')),
    sa.CheckConstraint("approval_level IN ('province', 'city')", name=op.f('ck_pairings_approval_level')),
    sa.CheckConstraint("origin IN ('bid', 'order')", name=op.f('ck_pairings_origin')),
    sa.CheckConstraint("status IN ('proposed', 'accepted', 'approved', 'active', 'completed', 'declined', 'withdrawn', 'rejected', 'terminated')", name=op.f('ck_pairings_status')),
    sa.CheckConstraint("status IN ('proposed', 'declined', 'withdrawn') OR accepted_by IS NOT NULL", name=op.f('ck_pairings_both_sides_agreed')),
    sa.CheckConstraint('(approver_id IS NULL) = (approved_at IS NULL)', name=op.f('ck_pairings_approval_time')),
    sa.CheckConstraint('accepted_by IS NULL OR accepted_by <> proposed_by', name=op.f('ck_pairings_two_sides')),
    sa.CheckConstraint('approver_id IS NULL OR (approver_id <> proposed_by AND approver_id <> accepted_by)', name=op.f('ck_pairings_maker_is_not_checker')),
    sa.CheckConstraint('ends_on IS NULL OR ends_on > starts_on', name=op.f('ck_pairings_term')),
    sa.CheckConstraint('funds_fen IS NULL OR funds_fen >= 0', name=op.f('ck_pairings_funds')),
    sa.CheckConstraint('in_kind_fen IS NULL OR in_kind_fen >= 0', name=op.f('ck_pairings_in_kind')),
    sa.CheckConstraint('score IS NULL OR score BETWEEN 0 AND 100', name=op.f('ck_pairings_score')),
    sa.ForeignKeyConstraint(['accepted_by'], ['users.id'], name=op.f('fk_pairings_accepted_by_users')),
    sa.ForeignKeyConstraint(['approver_id'], ['users.id'], name=op.f('fk_pairings_approver_id_users')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_pairings_category_code_categories')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_pairings_county_code_regions')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_pairings_need_id_needs')),
    sa.ForeignKeyConstraint(['offering_id'], ['offerings.id'], name=op.f('fk_pairings_offering_id_offerings')),
    sa.ForeignKeyConstraint(['organization_id'], ['organizations.id'], name=op.f('fk_pairings_organization_id_organizations')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_pairings_proposed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pairings')),
    sa.UniqueConstraint('code', name=op.f('uq_pairings_code'))
    )
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pairings_approved_at'), ['approved_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_category_code'), ['category_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_county_code'), ['county_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_ended_at'), ['ended_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_need_id'), ['need_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_offering_id'), ['offering_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_organization_id'), ['organization_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_proposed_at'), ['proposed_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_pairings_status'), ['status'], unique=False)
        batch_op.create_index('ix_pairings_status_county', ['status', 'county_code'], unique=False)
        batch_op.create_index('uq_pairings_live', ['need_id', 'organization_id'], unique=True, sqlite_where=sa.text("status IN ('accepted', 'active', 'approved', 'proposed')"), postgresql_where=sa.text("status IN ('accepted', 'active', 'approved', 'proposed')"))

    op.create_table('pairing_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('verb', sa.String(length=20), nullable=False),
    sa.Column('source', sa.String(length=12), nullable=False),
    sa.Column('target', sa.String(length=12), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_pairing_events_actor_id_users')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_pairing_events_pairing_id_pairings')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_pairing_events'))
    )
    with op.batch_alter_table('pairing_events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pairing_events_pairing_id'), ['pairing_id'], unique=False)

    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
    if connection.dialect.name != "sqlite":
        op.create_foreign_key(*FK_USERS)


def downgrade():
    if op.get_bind().dialect.name != "sqlite":
        op.drop_constraint(FK_USERS[0], "users")
    with op.batch_alter_table('pairing_events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_pairing_events_pairing_id'))

    op.drop_table('pairing_events')
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_index('uq_pairings_live', sqlite_where=sa.text("status IN ('accepted', 'active', 'approved', 'proposed')"), postgresql_where=sa.text("status IN ('accepted', 'active', 'approved', 'proposed')"))
        batch_op.drop_index('ix_pairings_status_county')
        batch_op.drop_index(batch_op.f('ix_pairings_status'))
        batch_op.drop_index(batch_op.f('ix_pairings_proposed_at'))
        batch_op.drop_index(batch_op.f('ix_pairings_organization_id'))
        batch_op.drop_index(batch_op.f('ix_pairings_offering_id'))
        batch_op.drop_index(batch_op.f('ix_pairings_need_id'))
        batch_op.drop_index(batch_op.f('ix_pairings_ended_at'))
        batch_op.drop_index(batch_op.f('ix_pairings_county_code'))
        batch_op.drop_index(batch_op.f('ix_pairings_category_code'))
        batch_op.drop_index(batch_op.f('ix_pairings_approved_at'))

    op.drop_table('pairings')
    with op.batch_alter_table('offering_areas', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_offering_areas_region_code'))

    op.drop_table('offering_areas')
    with op.batch_alter_table('offerings', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_offerings_status'))
        batch_op.drop_index(batch_op.f('ix_offerings_published_at'))
        batch_op.drop_index(batch_op.f('ix_offerings_organization_id'))
        batch_op.drop_index(batch_op.f('ix_offerings_category_code'))

    op.drop_table('offerings')
    with op.batch_alter_table('need_lines', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_need_lines_need_id'))

    op.drop_table('need_lines')
    with op.batch_alter_table('sign_ins', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sign_ins_user_id'))

    op.drop_table('sign_ins')
    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_organizations_status'))
        batch_op.drop_index(batch_op.f('ix_organizations_registration_level'))
        batch_op.drop_index(batch_op.f('ix_organizations_name'))

    op.drop_table('organizations')
    with op.batch_alter_table('notices', schema=None) as batch_op:
        batch_op.drop_index('ix_notices_user_read')

    op.drop_table('notices')
    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_needs_township_code'))
        batch_op.drop_index('ix_needs_status_closing')
        batch_op.drop_index(batch_op.f('ix_needs_status'))
        batch_op.drop_index(batch_op.f('ix_needs_released_at'))
        batch_op.drop_index(batch_op.f('ix_needs_county_code'))
        batch_op.drop_index(batch_op.f('ix_needs_category_code'))

    op.drop_table('needs')
    with op.batch_alter_table('former_passwords', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_former_passwords_user_id'))

    op.drop_table('former_passwords')
    with op.batch_alter_table('users', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_users_township_code'))
        batch_op.drop_index(batch_op.f('ix_users_role'))
        batch_op.drop_index(batch_op.f('ix_users_organization_id'))
        batch_op.drop_index(batch_op.f('ix_users_county_code'))
        batch_op.drop_index(batch_op.f('ix_users_city_code'))

    op.drop_table('users')
    with op.batch_alter_table('key_counties', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_key_counties_county_code'))
        batch_op.drop_index(batch_op.f('ix_key_counties_campaign_id'))

    op.drop_table('key_counties')
    with op.batch_alter_table('regions', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_regions_parent_code'))
        batch_op.drop_index(batch_op.f('ix_regions_level'))
        batch_op.drop_index(batch_op.f('ix_regions_city_code'))

    op.drop_table('regions')
    op.drop_table('categories')
    op.drop_table('campaigns')
    with op.batch_alter_table('audit_rows', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_audit_rows_organization_id'))
        batch_op.drop_index('ix_audit_rows_kind_object')
        batch_op.drop_index('ix_audit_rows_kind_id')
        batch_op.drop_index(batch_op.f('ix_audit_rows_county_code'))
        batch_op.drop_index(batch_op.f('ix_audit_rows_at'))
        batch_op.drop_index(batch_op.f('ix_audit_rows_actor_id'))
        batch_op.drop_index(batch_op.f('ix_audit_rows_act'))

    op.drop_table('audit_rows')
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS audit_rows_immutable()")
