package dev.chord.node.records;

import dev.chord.core.records.Question;
import dev.chord.core.records.RecordHost;
import dev.chord.core.ring.Peer;
import java.time.Duration;

/** Asks the record engines of other processes over a network. Any thread; the answers may come on any. */
public interface Asking {
    /**
     * Asks a process.
     *
     * @param limit after which no answer is waited for
     */
    <A> void ask(Peer peer, Question<A> question, Duration limit, RecordHost.Replies<A> replies);
}
