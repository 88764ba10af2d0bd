package dev.chord.node.blocks;

import dev.chord.core.blocks.BlockQuestion;
import dev.chord.core.ring.Peer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/** Asks the block engines of other processes over a network. Any thread; the answers may come on any. */
public interface AskingBlocks {
    /**
     * Asks a process.
     *
     * @param limit after which no answer is waited for
     * @param then empty: it was refused, or lost, or not answered in time
     */
    <A> void ask(Peer peer, BlockQuestion<A> question, Duration limit, Consumer<Optional<A>> then);
}
