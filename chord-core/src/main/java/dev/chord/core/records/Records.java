package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.protocol.Action;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.records.RecordEngine.Refused;
import dev.chord.core.records.RecordEngine.Round;
import dev.chord.core.ring.Peer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What can be asked of the records of one process: of its {@link RecordEngine}, or of one whose inputs are
 * kept. One thread. No method blocks; each answers through the consumer that it is given, within the call or
 * later, unless the process ends first. A consumer must not throw: what else waits for the same event would
 * never hear of it.
 */
public interface Records {
    // ---- what clients ask

    /**
     * Writes, in this order, what lies under keys that this process owns, with one wait for the disk and the
     * other holders.
     */
    void write(List<Write> asked, Consumer<List<Write.Answer>> then);

    /** Reads the records of one kind under a key that this process owns, deletions too. */
    void read(Record.Place place, Consumer<Write.Read> then);

    /** Why this process does not speak for a key, and who to ask instead. */
    Write.NotOwner notOwner(Identifier key);

    // ---- what other processes ask

    /**
     * Answers a question.
     *
     * @param meant the process that is meant, which this one need not be
     */
    <A> void serve(Question<A> question, Identifier meant, RecordHost.Sink<A> out);

    // ---- what the process around it asks

    /** Takes over an arc and tells the member how it went. */
    void take(Peer member, Action.TakeArc take);

    /**
     * The founder of a ring keeps everything, in an epoch that is told once that is durable; empty: the disk
     * has not taken it.
     */
    void found(Peer founder, Consumer<Optional<Long>> then);

    /**
     * Sees to it that each arc owned here is kept by those that should, and that they know of it; tells
     * whether it is so. To be called again and again.
     */
    void keepUp(Consumer<Boolean> then);

    /** Whether everything that is owned here is kept by those that should keep it. */
    boolean upToDate();

    /** What is owned here and may not be served, and for want of whom. */
    List<Refused> refused();

    /** Takes in processes that are gone for good, each as a holder of tenures up to an epoch. */
    void giveUp(Map<Identifier, Long> processes, Consumer<Durability> then);

    /** The processes nobody waits for, each as a holder of tenures up to an epoch; by their identifiers. */
    Map<Identifier, Long> givenUp();

    /** Whether anybody may count on this process as a holder. */
    boolean named();

    /** What is claimed here of every piece of the circle. */
    List<ArcMap.Piece<Claim>> claims();

    /** The highest epoch that was heard of here. */
    long epoch();

    /**
     * Brings every record here to the processes that should hold it.
     *
     * @param leaving whether this process will be gone; then it keeps its copies
     * @param keep for how long the others are to keep theirs
     * @param progress told how many records have been looked at
     * @param then empty: another pass is under way
     */
    void repair(boolean leaving, long keep, Consumer<Long> progress, Consumer<Optional<Round>> then);
}
