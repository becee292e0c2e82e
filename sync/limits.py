"""Every bound of the engine in one place; units stand last in the names."""

from __future__ import annotations

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True)
class Limits:
    """Defaults of sync.md §5; a test narrows one with `dataclasses.replace`."""

    # A socket before anyone is known on it.
    frame_before_auth_bytes_max: int = 64 * KIB
    waiting_for_auth_bytes_max: int = 256 * KIB
    waiting_for_auth_frames_max: int = 100
    waiting_for_auth_documents_max: int = 100
    auth_seconds_max: float = 5.0

    # A socket afterwards.
    frame_bytes_max: int = 12 * MIB
    documents_per_socket_max: int = 64
    outbox_frames_max: int = 256
    outbox_bytes_max: int = 1 * MIB
    behind_seconds_max: float = 30.0
    updates_per_second_sustained: int = 200
    updates_burst: int = 2000
    join_cost_updates: int = 20
    flood_pause_seconds: float = 0.001
    ping_seconds: float = 15.0

    # Updates and documents.
    update_bytes_max: int = 12 * MIB
    document_bytes_max: int = 10 * MIB
    held_bytes_max: int = 1 * MIB
    held_updates_max: int = 256
    held_seconds_max: float = 10.0
    scan_in_worker_bytes: int = 16 * KIB
    clock_max: int = 2**31
    update_clients_max: int = 200_000
    update_new_clients_max: int = 20_000
    xml_depth_max: int = 32
    any_depth_max: int = 16

    # Coming in and being sent away.
    handshakes_at_once_max: int = 8
    turn_seconds_max: float = 1.0
    handshakes_waiting_max: int = 10_000
    drain_sockets_per_second: int = 400
    drain_spread_seconds_max: float = 5.0

    # Awareness.
    awareness_bytes_max: int = 2 * KIB
    awareness_interval_seconds: float = 0.05
    awareness_expiry_seconds: float = 30.0

    # The log.
    commit_interval_seconds: float = 0.008
    commit_retry_seconds_max: float = 10.0
    commit_waiting_bytes_max: int = 4 * MIB
    rows_before_snapshot: int = 200
    compaction_look_seconds: float = 600.0
    compaction_share: float = 0.2  # of the time, at most
    history_days: float = 30.0

    # Rooms.
    room_idle_seconds: float = 30.0
    sweep_seconds: float = 2.0
    settle_quiet_seconds: float = 0.25
    settle_seconds_max: float = 1.0
    doubt_quiet_seconds: float = 1.0
    doubt_seconds_max: float = 5.0
    close_seconds_max: float = 5.0
    drain_seconds_max: float = 10.0

    # Between processes.
    wire_message_bytes_max: int = 64 * KIB
    wire_waiting_bytes_max: int = 8 * MIB
    wire_seconds_max: float = 2.0
    wire_ping_seconds: float = 2.0
    wire_pause_seconds_min: float = 0.05
    wire_pause_seconds_max: float = 1.0
    repair_pause_seconds: float = 0.02

    # Worker processes.
    worker_seconds_max: float = 5.0
    worker_memory_bytes_max: int = 1024 * MIB
    worker_deaths_before_quarantine: int = 2
