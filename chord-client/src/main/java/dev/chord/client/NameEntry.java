package dev.chord.client;

import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;

/**
 * A name and what it stands for now.
 *
 * @param content the file's content id
 * @param shared announced by a node that has the file, rather than stored on the ring
 * @param copies wanted of each block; 0: the ring's usual number
 */
public record NameEntry(String name, Identifier content, long size, boolean shared, int copies, Version version) {}
