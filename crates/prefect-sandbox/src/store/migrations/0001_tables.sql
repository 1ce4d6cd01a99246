-- The tables of catalog.json in SQLite. Frozen once released: changes go into the next file.
-- uuid, timestamptz, interval and jsonb are TEXT: uuids lower-case, timestamps in UTC as they are
-- served (2022-01-01T00:00:00.12+00:00, so text order is time order), jsonb exactly as it was given.
-- seq is the arrival order: the last word in every ordering, never served.

CREATE TABLE tenant (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    name TEXT NOT NULL,
    slug TEXT NOT NULL,
    info TEXT,
    settings TEXT NOT NULL DEFAULT '{}',
    updated TEXT NOT NULL,
    UNIQUE (slug)
) STRICT;

CREATE TABLE project (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    updated TEXT NOT NULL,
    UNIQUE (tenant_id, name)
) STRICT;

CREATE TABLE flow_group (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    name TEXT,
    labels TEXT,
    schedule TEXT,
    settings TEXT NOT NULL DEFAULT '{}',
    default_parameters TEXT NOT NULL DEFAULT '{}',
    run_config TEXT,
    description TEXT
) STRICT;

CREATE TABLE flow (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    version INTEGER,
    name TEXT NOT NULL,
    description TEXT,
    environment TEXT,
    parameters TEXT DEFAULT '{}',
    project_id TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
    archived INTEGER NOT NULL DEFAULT 0,
    version_group_id TEXT,
    storage TEXT,
    core_version TEXT,
    updated TEXT NOT NULL,
    settings TEXT NOT NULL DEFAULT '{}',
    serialized_flow TEXT,
    schedule TEXT,
    is_schedule_active INTEGER NOT NULL DEFAULT 0,
    flow_group_id TEXT NOT NULL REFERENCES flow_group (id) ON DELETE CASCADE,
    run_config TEXT
) STRICT;

CREATE TABLE task (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    flow_id TEXT NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    name TEXT,
    slug TEXT,
    description TEXT,
    type TEXT,
    max_retries INTEGER,
    retry_delay TEXT,
    trigger TEXT,
    mapped INTEGER NOT NULL DEFAULT 0,
    auto_generated INTEGER NOT NULL DEFAULT 0,
    cache_key TEXT,
    is_root_task INTEGER NOT NULL DEFAULT 0,
    is_terminal_task INTEGER NOT NULL DEFAULT 0,
    is_reference_task INTEGER NOT NULL DEFAULT 0,
    tags TEXT NOT NULL DEFAULT '[]',
    updated TEXT NOT NULL,
    UNIQUE (flow_id, slug)
) STRICT;

CREATE TABLE edge (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    flow_id TEXT NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    upstream_task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    downstream_task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    key TEXT,
    mapped INTEGER NOT NULL DEFAULT 0,
    updated TEXT NOT NULL,
    UNIQUE (flow_id, downstream_task_id, upstream_task_id)
) STRICT;

CREATE TABLE agent_config (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    name TEXT,
    settings TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE agent (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    agent_config_id TEXT REFERENCES agent_config (id) ON DELETE SET NULL,
    name TEXT,
    type TEXT,
    core_version TEXT,
    labels TEXT NOT NULL DEFAULT '[]',
    last_queried TEXT
) STRICT;

CREATE TABLE flow_run (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    flow_id TEXT NOT NULL REFERENCES flow (id) ON DELETE CASCADE,
    parameters TEXT DEFAULT '{}',
    scheduled_start_time TEXT NOT NULL,
    auto_scheduled INTEGER NOT NULL DEFAULT 0,
    heartbeat TEXT,
    start_time TEXT,
    end_time TEXT,
    version INTEGER NOT NULL DEFAULT 0,
    state TEXT,
    state_timestamp TEXT,
    state_message TEXT,
    state_result TEXT,
    state_start_time TEXT,
    serialized_state TEXT,
    name TEXT,
    context TEXT,
    times_resurrected INTEGER DEFAULT 0,
    updated TEXT NOT NULL,
    idempotency_key TEXT,
    agent_id TEXT REFERENCES agent (id) ON DELETE SET NULL,
    labels TEXT NOT NULL DEFAULT '[]',
    run_config TEXT,
    UNIQUE (idempotency_key, flow_id)
) STRICT;

CREATE TABLE flow_run_state (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    flow_run_id TEXT NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    timestamp TEXT NOT NULL,
    state TEXT NOT NULL,
    message TEXT,
    result TEXT,
    start_time TEXT,
    serialized_state TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    version INTEGER DEFAULT 1
) STRICT;

CREATE TABLE task_run (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    flow_run_id TEXT NOT NULL REFERENCES flow_run (id) ON DELETE CASCADE,
    task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
    map_index INTEGER NOT NULL DEFAULT -1,
    version INTEGER NOT NULL DEFAULT 0,
    heartbeat TEXT,
    start_time TEXT,
    end_time TEXT,
    state TEXT,
    state_timestamp TEXT,
    state_message TEXT,
    state_result TEXT,
    state_start_time TEXT,
    serialized_state TEXT,
    cache_key TEXT,
    updated TEXT NOT NULL,
    name TEXT,
    UNIQUE (flow_run_id, task_id, map_index)
) STRICT;

CREATE TABLE task_run_state (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    task_run_id TEXT NOT NULL REFERENCES task_run (id) ON DELETE CASCADE,
    timestamp TEXT NOT NULL,
    state TEXT NOT NULL,
    message TEXT,
    result TEXT,
    start_time TEXT,
    serialized_state TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    version INTEGER DEFAULT 1
) STRICT;

CREATE TABLE task_run_artifact (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    task_run_id TEXT NOT NULL REFERENCES task_run (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    data TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE log (
    seq INTEGER PRIMARY KEY,
    flow_run_id TEXT REFERENCES flow_run (id) ON DELETE CASCADE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    task_run_id TEXT REFERENCES task_run (id) ON DELETE CASCADE,
    timestamp TEXT NOT NULL,
    name TEXT,
    level TEXT,
    message TEXT,
    info TEXT,
    id TEXT NOT NULL,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    is_loaded_from_archive INTEGER
) STRICT;

CREATE TABLE message (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    tenant_id TEXT NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
    read INTEGER NOT NULL DEFAULT 0,
    type TEXT,
    text TEXT,
    content TEXT NOT NULL DEFAULT '{}'
) STRICT;

CREATE TABLE cloud_hook (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    tenant_id TEXT REFERENCES tenant (id) ON DELETE CASCADE,
    created TEXT NOT NULL,
    updated TEXT NOT NULL,
    name TEXT,
    states TEXT,
    type TEXT NOT NULL,
    config TEXT NOT NULL DEFAULT '{}',
    active INTEGER NOT NULL DEFAULT 1,
    version_group_id TEXT
) STRICT;

CREATE TABLE utility_traversal (
    seq INTEGER PRIMARY KEY,
    tenant_id TEXT,
    task_id TEXT,
    depth INTEGER
) STRICT;

CREATE INDEX ix_flow_group_tenant_id ON flow_group (tenant_id);
CREATE INDEX ix_flow_tenant_id ON flow (tenant_id);
CREATE INDEX ix_flow_project_id ON flow (project_id);
CREATE INDEX ix_flow_flow_group_id ON flow (flow_group_id);
CREATE INDEX ix_task_tenant_id ON task (tenant_id);
CREATE INDEX ix_edge_upstream_task_id ON edge (upstream_task_id);
CREATE INDEX ix_edge_downstream_task_id ON edge (downstream_task_id);
CREATE INDEX ix_agent_config_tenant_id ON agent_config (tenant_id);
CREATE INDEX ix_agent_tenant_id ON agent (tenant_id);
CREATE INDEX ix_agent_agent_config_id ON agent (agent_config_id);
CREATE INDEX ix_flow_run_flow_id ON flow_run (flow_id);
CREATE INDEX ix_flow_run_created ON flow_run (created);
CREATE INDEX ix_flow_run_updated ON flow_run (updated);
CREATE INDEX ix_flow_run_start_time ON flow_run (start_time);
CREATE INDEX ix_flow_run_agent_id ON flow_run (agent_id);
CREATE INDEX ix_flow_run_state_flow_run_id ON flow_run_state (flow_run_id);
CREATE INDEX ix_task_run_task_id ON task_run (task_id);
CREATE INDEX ix_task_run_state_task_run_id ON task_run_state (task_run_id);
CREATE INDEX ix_task_run_artifact_tenant_id ON task_run_artifact (tenant_id);
CREATE INDEX ix_task_run_artifact_task_run_id ON task_run_artifact (task_run_id);
CREATE INDEX ix_log_task_run_id ON log (task_run_id);
CREATE INDEX ix_flow_name ON flow (name);
CREATE INDEX ix_flow_version_group_id ON flow (version_group_id);
CREATE INDEX ix_flow_run_state_state_start_time ON flow_run (state, state_start_time);
CREATE INDEX ix_task_run_state ON task_run (state);
CREATE INDEX ix_flow_group_name ON flow_group (name);
CREATE INDEX ix_log_flow_run_id_timestamp ON log (flow_run_id, timestamp, created);
CREATE INDEX ix_log_flow_run_id_created ON log (flow_run_id, created, timestamp);
