package dev.chord.client;

import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;

/**
 * A file that was put on the ring.
 *
 * @param copies processes that hold every part of it durably
 * @param wanted copies aimed at: fewer than asked for only if the ring has fewer processes
 * @param known nothing had to be stored: the ring had every block already
 */
public record Stored(
        String name, Identifier content, long size, Version version, int copies, int wanted, boolean known) {}
