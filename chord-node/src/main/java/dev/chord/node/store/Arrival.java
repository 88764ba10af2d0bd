package dev.chord.node.store;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/**
 * A block to be stored.
 *
 * @param copies how many the ring should have; 0: its usual number
 * @param lease see {@link BlockStore#copy}; empty: somebody is storing it now
 * @param upload what it is part of; {@link Precedence#FIRST}: nothing that is known
 */
public record Arrival(Identifier digest, ByteBuffer data, int copies, OptionalLong lease, Precedence upload) {}
