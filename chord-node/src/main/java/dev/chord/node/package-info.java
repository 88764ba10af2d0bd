/** One node of the ring. Start at {@link dev.chord.node.ChordNode}. */
@NullMarked
package dev.chord.node;

import org.jspecify.annotations.NullMarked;
