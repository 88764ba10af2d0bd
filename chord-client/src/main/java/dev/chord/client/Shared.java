package dev.chord.client;

import dev.chord.core.id.Identifier;

/**
 * One file of a share.
 *
 * @param skipped why it was not shared; empty if it was
 * @param link it was skipped because it is a symbolic link: listed, and no fault
 */
public record Shared(String name, Identifier content, long size, String skipped, boolean link) {}
