package dev.chord.core.blocks;

/**
 * The bytes of a block, which an engine hands on and never looks at: a buffer in a node, a number in
 * a simulation.
 */
public interface Bytes {
    /** How many they are. */
    int size();
}
