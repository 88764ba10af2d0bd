package dev.chord.client;

import java.util.List;

/**
 * Names in order (by code points), and how complete the list is.
 *
 * @param total how many there are; more than the list has, if that is a page
 * @param more whether there are further ones after the last
 */
public record Listing(List<NameEntry> names, Coverage coverage, long total, boolean more) {}
