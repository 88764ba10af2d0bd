package dev.chord.client.wire;

import dev.chord.core.id.Identifier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * What a process knows already, against which numbers are held that it is told unasked. Any thread; takes
 * no time.
 *
 * @param epoch the largest that it has heard of
 * @param incarnation the latest of a member, 0: it knows none
 * @param here whether a member is one of its own
 */
public record Known(LongSupplier epoch, ToLongFunction<Identifier> incarnation, Predicate<Identifier> here) {}
