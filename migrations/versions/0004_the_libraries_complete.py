"""the libraries, complete: lines that are shared out, attachments, versions, changes, mergers, plans, imports, exports

Revision ID: 0004
Revises: 0003
Created: 2026-11-25
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

KINDS = ("kind IN ('account', 'organization', 'need', 'offering', 'pairing', 'campaign', 'contact', 'export', "
         "'lexicon', 'ranking', 'attachment', 'import', 'search', 'template', 'plan', 'merger', 'system')")
STATES = ("status IN ('draft', 'submitted', 'returned', 'published', 'matched', 'fulfilled', 'closed', 'withdrawn'",
          "'unsuccessful', 'merged')")
RELEASED = "OR (released_by IS NOT NULL AND released_at IS NOT NULL)"
# SQLite changes a CHECK by copying the table, which loses its triggers; the same statements stand in 0001.
AUDIT_SQLITE = tuple(
    f"CREATE TRIGGER audit_rows_no_{verb} BEFORE {verb.upper()} ON audit_rows "
    "BEGIN SELECT RAISE(ABORT, 'audit rows cannot be changed'); END" for verb in ("update", "delete"))
REVISIONS_SQLITE = tuple(
    f"CREATE TRIGGER revisions_no_{verb} BEFORE {verb.upper()} ON revisions "
    "BEGIN SELECT RAISE(ABORT, 'revisions cannot be changed'); END" for verb in ("update", "delete"))
REVISIONS_POSTGRESQL = (
    "CREATE OR REPLACE FUNCTION revisions_immutable() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'revisions cannot be changed'; END $$",
    "CREATE TRIGGER revisions_no_change BEFORE UPDATE OR DELETE ON revisions "
    "FOR EACH ROW EXECUTE FUNCTION revisions_immutable()",
    "CREATE TRIGGER revisions_no_truncate BEFORE TRUNCATE ON revisions "
    "FOR EACH STATEMENT EXECUTE FUNCTION revisions_immutable()",
)
NEW_COLUMNS = (("need_lines", "committed", sa.Integer(), "0"), ("need_lines", "delivered", sa.Integer(), "0"),
               ("needs", "supplies", sa.Text(), ""), ("needs", "preferred_organization", sa.String(length=100), ""),
               ("needs", "publicity", sa.String(length=10), "public"),
               ("organizations", "activity_area", sa.String(length=100), ""))

TABLES = (
    'revisions', 'spent_codes', 'attachments', 'exports', 'imports', 'jobs', 'need_templates', 'saved_searches',
    'search_digests', 'import_rows', 'need_changes', 'need_mergers', 'plan_rows', 'pairing_lines',
)


def _check(table, name, condition, old=True):
    with op.batch_alter_table(table, schema=None) as batch_op:
        if old:
            batch_op.drop_constraint(batch_op.f(f"ck_{table}_{name}"), type_='check')
        if condition:
            batch_op.create_check_constraint(batch_op.f(f"ck_{table}_{name}"), condition)


def _on(dialect, statements):
    connection = op.get_bind()
    if connection.dialect.name == dialect:
        for statement in statements:
            connection.exec_driver_sql(statement)


def _share_out():
    """Pairings so far took a need as a whole: the first that holds it takes all of its lines."""
    connection = op.get_bind()
    wanted = connection.exec_driver_sql(
        "SELECT p.id, p.need_id, p.status FROM pairings p WHERE p.status IN ('accepted', 'approved', 'active', "
        "'completed') AND EXISTS (SELECT 1 FROM need_lines l WHERE l.need_id = p.need_id) "
        "ORDER BY p.accepted_at, p.id").all()
    taken = set()
    for pairing_id, need_id, status in wanted:
        if need_id in taken:
            continue
        taken.add(need_id)
        named = {"pairing": pairing_id, "need": need_id, "delivered": 1 if status == "completed" else 0}
        connection.execute(sa.text(
            "INSERT INTO pairing_lines (pairing_id, need_line_id, quantity) "
            "SELECT :pairing, id, quantity FROM need_lines WHERE need_id = :need"), named)
        connection.execute(sa.text("UPDATE need_lines SET committed = quantity, delivered = quantity * :delivered "
                                   "WHERE need_id = :need"), named)


def upgrade():
    op.create_table('revisions',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=60), nullable=False),
    sa.Column('act', sa.String(length=40), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('snapshot', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint("kind IN ('need', 'offering', 'organization')", name=op.f('ck_revisions_kind')),
    sa.CheckConstraint('number > 0', name=op.f('ck_revisions_number')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_revisions')),
    sa.UniqueConstraint('kind', 'code', 'number', name=op.f('uq_revisions_kind_code_number'))
    )
    op.create_table('spent_codes',
    sa.Column('code', sa.String(length=24), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_spent_codes'))
    )
    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('owner_kind', sa.String(length=20), nullable=False),
    sa.Column('owner_code', sa.String(length=40), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('caption', sa.String(length=100), nullable=False),
    sa.Column('media_type', sa.String(length=80), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('source_sha256', sa.String(length=64), nullable=False),
    sa.Column('stored_name', sa.String(length=80), nullable=False),
    sa.Column('has_preview', sa.Boolean(), nullable=False),
    sa.Column('evidence', sa.Boolean(), nullable=False),
    sa.Column('publicity', sa.String(length=10), nullable=False),
    sa.Column('uploaded_by', sa.Integer(), nullable=False),
    sa.Column('uploader_name', sa.String(length=60), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_by', sa.Integer(), nullable=True),
    sa.Column('restored_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('restored_by', sa.Integer(), nullable=True),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('removed_by', sa.Integer(), nullable=True),
    sa.Column('purged_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')", name=op.f('ck_attachments_media_type')),
    sa.CheckConstraint("publicity IN ('public', 'signed_in', 'own')", name=op.f('ck_attachments_publicity')),
    sa.CheckConstraint('(opened_at IS NULL) = (opened_by IS NULL)', name=op.f('ck_attachments_opener')),
    sa.CheckConstraint('(restored_at IS NULL) = (restored_by IS NULL)', name=op.f('ck_attachments_restorer')),
    sa.CheckConstraint('opened_by IS NULL OR (opened_by <> uploaded_by AND (restored_by IS NULL OR opened_by <> restored_by))', name=op.f('ck_attachments_two_people')),
    sa.CheckConstraint('(removed_at IS NULL) = (removed_by IS NULL)', name=op.f('ck_attachments_remover')),
    sa.CheckConstraint('position BETWEEN 1 AND 10', name=op.f('ck_attachments_position')),
    sa.CheckConstraint('purged_at IS NULL OR removed_at IS NOT NULL', name=op.f('ck_attachments_purged_after_removal')),
    sa.CheckConstraint('size > 0', name=op.f('ck_attachments_size')),
    sa.ForeignKeyConstraint(['opened_by'], ['users.id'], name=op.f('fk_attachments_opened_by_users')),
    sa.ForeignKeyConstraint(['removed_by'], ['users.id'], name=op.f('fk_attachments_removed_by_users')),
    sa.ForeignKeyConstraint(['restored_by'], ['users.id'], name=op.f('fk_attachments_restored_by_users')),
    sa.ForeignKeyConstraint(['uploaded_by'], ['users.id'], name=op.f('fk_attachments_uploaded_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments')),
    sa.UniqueConstraint('stored_name', name=op.f('uq_attachments_stored_name'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index('uq_attachments_place', ['owner_kind', 'owner_code', 'position'], unique=True, sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))
        batch_op.create_index('uq_attachments_source', ['owner_kind', 'owner_code', 'source_sha256', 'evidence'], unique=True, sqlite_where=sa.text('removed_at IS NULL'), postgresql_where=sa.text('removed_at IS NULL'))

    op.create_table('exports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('shelf', sa.String(length=20), nullable=False),
    sa.Column('format', sa.String(length=12), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('conditions', sa.Text(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('file_name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("format IN ('xlsx', 'csv', 'ledger', 'ledger-xlsx', 'wechat')", name=op.f('ck_exports_format')),
    sa.CheckConstraint("status IN ('making', 'ready')", name=op.f('ck_exports_status')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_exports_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_exports'))
    )
    with op.batch_alter_table('exports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_exports_ends_at'), ['ends_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_exports_user_id'), ['user_id'], unique=False)

    op.create_table('imports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('office', sa.String(length=40), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=False),
    sa.Column('owner_name', sa.String(length=40), nullable=False),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('file_hash', sa.String(length=64), nullable=False),
    sa.Column('file_size', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('sheet', sa.Integer(), nullable=False),
    sa.Column('header_row', sa.Integer(), nullable=True),
    sa.Column('notes', sa.Text(), nullable=False),
    sa.Column('mapping_json', sa.Text(), nullable=False),
    sa.Column('header_json', sa.Text(), nullable=False),
    sa.Column('sheets_kept', sa.Text(), nullable=True),
    sa.Column('address', sa.String(length=60), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("kind IN ('need', 'offering', 'organization')", name=op.f('ck_imports_kind')),
    sa.CheckConstraint("status IN ('mapping', 'checking', 'preview', 'running', 'done', 'undoing', 'undone', 'discarded')", name=op.f('ck_imports_status')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_imports_owner_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_imports'))
    )
    with op.batch_alter_table('imports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_imports_office'), ['office'], unique=False)
        batch_op.create_index(batch_op.f('ix_imports_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_imports_status'), ['status'], unique=False)
        batch_op.create_index('uq_imports_live_file', ['office', 'kind', 'file_hash'], unique=True, sqlite_where=sa.text("NOT (status IN ('discarded', 'undone'))"), postgresql_where=sa.text("NOT (status IN ('discarded', 'undone'))"))

    op.create_table('jobs',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('subject_code', sa.String(length=40), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('done', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('runner', sa.String(length=80), nullable=False),
    sa.Column('once', sa.String(length=80), nullable=True),
    sa.Column('started_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('heartbeat_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status IN ('queued', 'running', 'done', 'failed')", name=op.f('ck_jobs_status')),
    sa.CheckConstraint('done >= 0 AND total >= 0 AND tries >= 0', name=op.f('ck_jobs_counts')),
    sa.ForeignKeyConstraint(['started_by'], ['users.id'], name=op.f('fk_jobs_started_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs')),
    sa.UniqueConstraint('once', name=op.f('uq_jobs_once'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_kind_subject', ['kind', 'subject_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_jobs_started_by'), ['started_by'], unique=False)
        batch_op.create_index('ix_jobs_status_heartbeat', ['status', 'heartbeat_at'], unique=False)

    op.create_table('need_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=True),
    sa.Column('category_code', sa.String(length=40), nullable=False),
    sa.Column('name', sa.String(length=20), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('goal', sa.Text(), nullable=False),
    sa.Column('conditions', sa.Text(), nullable=False),
    sa.Column('lines', sa.JSON(), nullable=False),
    sa.Column('hints', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('is_active', sa.Boolean(), nullable=False),
    sa.Column('updated_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint('position >= 0', name=op.f('ck_need_templates_position')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_need_templates_category_code_categories')),
    sa.ForeignKeyConstraint(['updated_by'], ['users.id'], name=op.f('fk_need_templates_updated_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_templates')),
    sa.UniqueConstraint('category_code', 'name', name=op.f('uq_need_templates_category_code_name')),
    sa.UniqueConstraint('key', name=op.f('uq_need_templates_key'))
    )
    with op.batch_alter_table('need_templates', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_templates_category_code'), ['category_code'], unique=False)

    op.create_table('saved_searches',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('library', sa.String(length=10), nullable=False),
    sa.Column('name', sa.String(length=60), nullable=False),
    sa.Column('query', sa.Text(), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('rhythm', sa.String(length=10), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("library IN ('needs', 'offerings')", name=op.f('ck_saved_searches_library')),
    sa.CheckConstraint("rhythm IN ('daily', 'weekly', 'none')", name=op.f('ck_saved_searches_rhythm')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_searches_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_searches')),
    sa.UniqueConstraint('user_id', 'library', 'fingerprint', name=op.f('uq_saved_searches_user_id_library_fingerprint'))
    )
    with op.batch_alter_table('saved_searches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_searches_rhythm'), ['rhythm'], unique=False)
        batch_op.create_index(batch_op.f('ix_saved_searches_user_id'), ['user_id'], unique=False)

    op.create_table('search_digests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('found', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_search_digests_user_id_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_search_digests')),
    sa.UniqueConstraint('user_id', 'day', name=op.f('uq_search_digests_user_id_day'))
    )
    with op.batch_alter_table('search_digests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_search_digests_user_id'), ['user_id'], unique=False)

    op.create_table('import_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('import_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('landing', sa.String(length=40), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('fingerprint', sa.String(length=64), nullable=False),
    sa.Column('content', sa.Text(), nullable=True),
    sa.Column('record_code', sa.String(length=24), nullable=False),
    sa.Column('known_code', sa.String(length=24), nullable=False),
    sa.CheckConstraint("(state IN ('created', 'undone')) = (record_code <> '')", name=op.f('ck_import_rows_record_present')),
    sa.CheckConstraint("kind IN ('need', 'offering', 'organization')", name=op.f('ck_import_rows_kind')),
    sa.CheckConstraint("state IN ('good', 'faulty', 'known', 'left_out', 'created', 'undone')", name=op.f('ck_import_rows_state')),
    sa.ForeignKeyConstraint(['import_id'], ['imports.id'], name=op.f('fk_import_rows_import_id_imports'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_import_rows')),
    sa.UniqueConstraint('import_id', 'position', name=op.f('uq_import_rows_import_id_position'))
    )
    with op.batch_alter_table('import_rows', schema=None) as batch_op:
        batch_op.create_index('ix_import_rows_import_state', ['import_id', 'state', 'position'], unique=False)
        batch_op.create_index('ix_import_rows_record', ['kind', 'record_code'], unique=False)
        batch_op.create_index('uq_import_rows_live_record', ['landing', 'kind', 'fingerprint'], unique=True, sqlite_where=sa.text("state = 'created'"), postgresql_where=sa.text("state = 'created'"))

    op.create_table('need_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('before', sa.Text(), nullable=False),
    sa.Column('proposed', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=12), nullable=False),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decision', sa.Text(), nullable=False),
    sa.CheckConstraint("(status = 'pending') = (decided_at IS NULL)", name=op.f('ck_need_changes_decision_time')),
    sa.CheckConstraint("decided_by IS NULL OR status = 'withdrawn' OR decided_by <> proposed_by", name=op.f('ck_need_changes_maker_is_not_checker')),
    sa.CheckConstraint("status IN ('pending', 'released', 'refused', 'withdrawn')", name=op.f('ck_need_changes_status')),
    sa.CheckConstraint("status NOT IN ('released', 'refused') OR decided_by IS NOT NULL", name=op.f('ck_need_changes_decider_present')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_need_changes_decided_by_users')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_need_changes_need_id_needs')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_need_changes_proposed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_changes'))
    )
    with op.batch_alter_table('need_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_changes_need_id'), ['need_id'], unique=False)
        batch_op.create_index('uq_need_changes_pending', ['need_id'], unique=True, sqlite_where=sa.text("status = 'pending'"), postgresql_where=sa.text("status = 'pending'"))

    op.create_table('need_mergers',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('merged_id', sa.Integer(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('takes_text', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('kept_print', sa.String(length=24), nullable=False),
    sa.Column('merged_print', sa.String(length=24), nullable=False),
    sa.Column('proposed_by', sa.Integer(), nullable=True),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kept_consent_by', sa.Integer(), nullable=True),
    sa.Column('kept_consent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('merged_consent_by', sa.Integer(), nullable=True),
    sa.Column('merged_consent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('former', sa.Text(), nullable=True),
    sa.Column('former_status', sa.String(length=12), nullable=False),
    sa.Column('kept_version', sa.Integer(), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("status IN ('proposed', 'done', 'refused', 'withdrawn', 'undone')", name=op.f('ck_need_mergers_status')),
    sa.CheckConstraint("status NOT IN ('done', 'undone') OR (kept_consent_by IS NOT NULL AND merged_consent_by IS NOT NULL)", name=op.f('ck_need_mergers_both_agreed')),
    sa.CheckConstraint('kept_id <> merged_id', name=op.f('ck_need_mergers_two_needs')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_need_mergers_county_code_regions')),
    sa.ForeignKeyConstraint(['decided_by'], ['users.id'], name=op.f('fk_need_mergers_decided_by_users')),
    sa.ForeignKeyConstraint(['kept_consent_by'], ['users.id'], name=op.f('fk_need_mergers_kept_consent_by_users')),
    sa.ForeignKeyConstraint(['kept_id'], ['needs.id'], name=op.f('fk_need_mergers_kept_id_needs')),
    sa.ForeignKeyConstraint(['merged_consent_by'], ['users.id'], name=op.f('fk_need_mergers_merged_consent_by_users')),
    sa.ForeignKeyConstraint(['merged_id'], ['needs.id'], name=op.f('fk_need_mergers_merged_id_needs')),
    sa.ForeignKeyConstraint(['proposed_by'], ['users.id'], name=op.f('fk_need_mergers_proposed_by_users')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_need_mergers'))
    )
    with op.batch_alter_table('need_mergers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_need_mergers_county_code'), ['county_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_need_mergers_kept_id'), ['kept_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_need_mergers_merged_id'), ['merged_id'], unique=False)
        batch_op.create_index('uq_need_mergers_kept', ['kept_id'], unique=True, sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))
        batch_op.create_index('uq_need_mergers_merged', ['merged_id'], unique=True, sqlite_where=sa.text("status = 'proposed'"), postgresql_where=sa.text("status = 'proposed'"))

    op.create_table('plan_rows',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('county_code', sa.String(length=9), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('quarter', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(length=60), nullable=False),
    sa.Column('category_code', sa.String(length=40), nullable=False),
    sa.Column('township_code', sa.String(length=9), nullable=True),
    sa.Column('amount_fen', sa.BigInteger(), nullable=False),
    sa.Column('people', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('need_id', sa.Integer(), nullable=True),
    sa.Column('carried_from_id', sa.Integer(), nullable=True),
    sa.Column('created_by', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.CheckConstraint("(status = 'drafted') = (need_id IS NOT NULL)", name=op.f('ck_plan_rows_need_present')),
    sa.CheckConstraint("status IN ('planned', 'drafted', 'dropped', 'carried')", name=op.f('ck_plan_rows_status')),
    sa.CheckConstraint('amount_fen >= 0 AND people >= 0', name=op.f('ck_plan_rows_numbers')),
    sa.CheckConstraint('quarter BETWEEN 1 AND 4', name=op.f('ck_plan_rows_quarter')),
    sa.ForeignKeyConstraint(['carried_from_id'], ['plan_rows.id'], name=op.f('fk_plan_rows_carried_from_id_plan_rows')),
    sa.ForeignKeyConstraint(['category_code'], ['categories.code'], name=op.f('fk_plan_rows_category_code_categories')),
    sa.ForeignKeyConstraint(['county_code'], ['regions.code'], name=op.f('fk_plan_rows_county_code_regions')),
    sa.ForeignKeyConstraint(['created_by'], ['users.id'], name=op.f('fk_plan_rows_created_by_users')),
    sa.ForeignKeyConstraint(['need_id'], ['needs.id'], name=op.f('fk_plan_rows_need_id_needs')),
    sa.ForeignKeyConstraint(['township_code'], ['regions.code'], name=op.f('fk_plan_rows_township_code_regions')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_rows')),
    sa.UniqueConstraint('carried_from_id', name=op.f('uq_plan_rows_carried_from_id')),
    sa.UniqueConstraint('need_id', name=op.f('uq_plan_rows_need_id'))
    )
    with op.batch_alter_table('plan_rows', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_plan_rows_category_code'), ['category_code'], unique=False)
        batch_op.create_index('ix_plan_rows_county_year', ['county_code', 'year'], unique=False)

    op.create_table('pairing_lines',
    sa.Column('pairing_id', sa.Integer(), nullable=False),
    sa.Column('need_line_id', sa.Integer(), nullable=False),
    sa.Column('quantity', sa.Integer(), nullable=False),
    sa.CheckConstraint('quantity > 0', name=op.f('ck_pairing_lines_quantity')),
    sa.ForeignKeyConstraint(['need_line_id'], ['need_lines.id'], name=op.f('fk_pairing_lines_need_line_id_need_lines')),
    sa.ForeignKeyConstraint(['pairing_id'], ['pairings.id'], name=op.f('fk_pairing_lines_pairing_id_pairings'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('pairing_id', 'need_line_id', name=op.f('pk_pairing_lines'))
    )
    with op.batch_alter_table('pairing_lines', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_pairing_lines_need_line_id'), ['need_line_id'], unique=False)
    for table, name, kind, default in NEW_COLUMNS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column(name, kind, nullable=False, server_default=default))
        with op.batch_alter_table(table, schema=None) as batch_op:  # the default is the model's, not the table's
            batch_op.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.add_column(sa.Column('merged_into_code', sa.String(length=24), nullable=True))
        batch_op.create_index(batch_op.f('ix_needs_merged_into_code'), ['merged_into_code'], unique=False)
        batch_op.create_index('ix_needs_county_status', ['county_code', 'status'], unique=False)
    # Numbers of organizations are never given out again: an import that is undone leaves a gap.
    with op.batch_alter_table('organizations', schema=None, recreate='auto' if op.get_bind().dialect.name != 'sqlite'
                              else 'always', table_kwargs={'sqlite_autoincrement': True}) as batch_op:
        batch_op.add_column(sa.Column('imported_by', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_organizations_imported_by_users'), 'users', ['imported_by'], ['id'])
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.add_column(sa.Column('confirm_need_from', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('confirm_offering_from', sa.Integer(), nullable=True))
    _check('need_lines', 'quantities', '0 <= delivered AND delivered <= committed AND committed <= quantity', old=False)
    _check('needs', 'status', ', '.join(STATES))
    _check('needs', 'releaser_present',
           f"status IN ('draft', 'merged', 'returned', 'submitted', 'withdrawn') {RELEASED}")
    _check('needs', 'merged_into', "(status = 'merged') = (merged_into_code IS NOT NULL)", old=False)
    _check('needs', 'publicity', "publicity IN ('public', 'signed_in')", old=False)
    _check('audit_rows', 'kind', KINDS)
    _on('sqlite', AUDIT_SQLITE + REVISIONS_SQLITE)
    _on('postgresql', REVISIONS_POSTGRESQL)
    _share_out()


def downgrade():
    # The audit's CHECK keeps its wider list: its rows are part of the chain and may not be removed.
    op.execute("UPDATE needs SET status = 'withdrawn', merged_into_code = NULL "
               "WHERE status IN ('merged', 'unsuccessful')")
    for name in ('merged_into', 'publicity'):
        _check('needs', name, '')
    _check('needs', 'releaser_present', f"status IN ('draft', 'returned', 'submitted', 'withdrawn') {RELEASED}")
    _check('needs', 'status', f'{STATES[0]})')
    _check('need_lines', 'quantities', '')
    with op.batch_alter_table('pairings', schema=None) as batch_op:
        batch_op.drop_column('confirm_offering_from')
        batch_op.drop_column('confirm_need_from')
    with op.batch_alter_table('organizations', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_organizations_imported_by_users'), type_='foreignkey')
        batch_op.drop_column('imported_by')
    with op.batch_alter_table('needs', schema=None) as batch_op:
        batch_op.drop_index('ix_needs_county_status')
        batch_op.drop_index(batch_op.f('ix_needs_merged_into_code'))
        batch_op.drop_column('merged_into_code')
    for table, name, _kind, _default in reversed(NEW_COLUMNS):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column(name)
    for table in reversed(TABLES):
        op.drop_table(table)
    _on('postgresql', ("DROP FUNCTION IF EXISTS revisions_immutable()",))
