package dev.chord.core.blocks;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Precedence;
import java.util.OptionalLong;

/**
 * A block to be kept.
 *
 * @param copies how many the ring should have; 0: its usual number
 * @param lease microseconds that are left of the lease where it is copied from: it is kept no longer than
 *     there. That it is copied does not mean that anybody needs it. Empty: somebody is storing it now
 * @param upload what it is part of; {@link Precedence#FIRST}: nothing that is known
 */
public record Arrival(Identifier digest, Bytes bytes, int copies, OptionalLong lease, Precedence upload) {}
