package dev.chord.core.records;

/**
 * How a ring keeps its records; the same in all processes.
 *
 * @param agreement whether the holders of an arc agree on who they are, and refuse where too few of them are
 *     in reach ("quorum"); otherwise whoever is left takes over ("eventual")
 * @param writeQuorum how many holders must have a write before it is acknowledged
 * @param limits how long is waited for what
 */
public record RecordSettings(boolean agreement, int writeQuorum, RecordLimits limits) {}
