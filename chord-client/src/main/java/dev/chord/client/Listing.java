package dev.chord.client;

import java.util.List;

/** Names in order, and how complete the list is. */
public record Listing(List<NameEntry> names, Coverage coverage) {}
