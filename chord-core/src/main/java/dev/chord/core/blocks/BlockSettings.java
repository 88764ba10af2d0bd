package dev.chord.core.blocks;

/**
 * How a ring keeps its blocks.
 *
 * @param copies how many it has of a block as a rule
 * @param bytesPerSecond that a process sends to heal others
 */
public record BlockSettings(int copies, long bytesPerSecond, BlockLimits limits) {}
