/**
 * The library to embed: connect to a ring, share, store, locate and fetch files. Start at
 * {@link dev.chord.client.Ring}.
 */
@NullMarked
package dev.chord.client;

import org.jspecify.annotations.NullMarked;
