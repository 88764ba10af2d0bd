package dev.chord.core.check;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.check.RecordInvariants.Seen;
import dev.chord.core.check.RingInvariants.Violation;
import dev.chord.core.id.Identifier;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.core.version.Version;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each invariant of records, once as it holds and once for each way in which it does not. */
class RecordInvariantsTest {
    private static final Identifier KEY = Identifier.of(7);
    private static final Identifier WRITER = Identifier.of(1);

    private static Version version(long sequence) {
        return new Version(sequence, WRITER);
    }

    private static Record record(long sequence, int value, long operation) {
        return new Record(
                KEY, Record.NAME, "", version(sequence), false, new byte[] {(byte) value}, 0, List.of(operation));
    }

    private static Record deletion(long sequence, long operation) {
        return new Record(KEY, Record.NAME, "", version(sequence), true, new byte[0], 9, List.of(operation));
    }

    private static void holds(Optional<Violation> judged) {
        assertThat(judged).isEmpty();
    }

    private static void breaks(String invariant, Optional<Violation> judged) {
        assertThat(judged).map(Violation::invariant).contains(invariant);
    }

    @Test
    void aVersionIsOfOneWrite() {
        holds(RecordInvariants.oneWritePerVersion(record(1, 5, 11), record(1, 5, 11)));
        holds(RecordInvariants.oneWritePerVersion(record(1, 5, 11), record(2, 6, 12)));
        breaks("OneWritePerVersion", RecordInvariants.oneWritePerVersion(record(1, 5, 11), record(1, 6, 11)));
        breaks("OneWritePerVersion", RecordInvariants.oneWritePerVersion(record(1, 5, 11), record(1, 5, 12)));
        breaks("OneWritePerVersion", RecordInvariants.oneWritePerVersion(record(1, 5, 11), deletion(1, 11)));
    }

    @Test
    void versionsAreRememberedByRecord() {
        RecordInvariants.Versions versions = new RecordInvariants.Versions();
        holds(versions.seen(record(1, 5, 11)));
        holds(versions.seen(record(2, 6, 12)));
        holds(versions.seen(record(1, 5, 11)));
        breaks("OneWritePerVersion", versions.seen(record(2, 7, 13)));
    }

    @Test
    void holdersHoldTheSame() {
        Optional<Record> one = Optional.of(record(1, 5, 11));
        holds(RecordInvariants.replicasAgree(List.of()));
        holds(RecordInvariants.replicasAgree(List.of(one, Optional.of(record(1, 5, 11)))));
        holds(RecordInvariants.replicasAgree(List.of(Optional.empty(), Optional.empty())));
        breaks("ReplicasAgree", RecordInvariants.replicasAgree(List.of(one, Optional.empty())));
        breaks("ReplicasAgree", RecordInvariants.replicasAgree(List.of(Optional.empty(), one)));
        breaks("ReplicasAgree", RecordInvariants.replicasAgree(List.of(one, Optional.of(record(2, 5, 11)))));
        breaks("ReplicasAgree", RecordInvariants.replicasAgree(List.of(one, Optional.of(record(1, 6, 11)))));
        breaks("ReplicasAgree", RecordInvariants.replicasAgree(List.of(one, one, Optional.of(deletion(1, 11)))));
    }

    @Test
    void whatWasAcknowledgedLasts() {
        Record acknowledged = record(2, 5, 11);
        holds(RecordInvariants.lasts(acknowledged, List.of(record(1, 4, 10), record(2, 5, 11))));
        holds(RecordInvariants.lasts(acknowledged, List.of(record(3, 6, 12))));
        breaks("NoAcknowledgedWriteLost", RecordInvariants.lasts(acknowledged, List.of()));
        breaks("NoAcknowledgedWriteLost", RecordInvariants.lasts(acknowledged, List.of(record(1, 4, 10))));
        breaks("NoAcknowledgedWriteLost", RecordInvariants.lasts(acknowledged, List.of(record(2, 6, 12))));
    }

    @Test
    void whatWasRefusedIsNowhere() {
        holds(RecordInvariants.refusedIsNowhere(Set.of(1L), Set.of(2L)));
        breaks("RefusedIsNowhere", RecordInvariants.refusedIsNowhere(Set.of(1L, 3L), Set.of(2L, 3L)));
    }

    @Test
    void whoWritesIsToldItsOwnVersion() {
        Write asked = new Write(record(0, 5, 11), Optional.empty(), 11, Optional.empty());
        holds(RecordInvariants.writtenIsOwn(asked, record(4, 5, 11)));
        breaks("WrittenIsOwn", RecordInvariants.writtenIsOwn(asked, record(4, 5, 12)));
        breaks("WrittenIsOwn", RecordInvariants.writtenIsOwn(asked, record(4, 6, 11)));
        Record none = new Record(KEY, Record.NAME, "", Version.NONE, false, new byte[] {5}, 0, List.of(11L));
        breaks("WrittenIsOwn", RecordInvariants.writtenIsOwn(asked, none));
    }

    @Test
    void whoComesLaterSeesNothingOlder() {
        Seen first = new Seen(0, 10, version(2), true);
        holds(RecordInvariants.laterIsNewer(List.of(first, new Seen(11, 12, version(2), false))));
        holds(RecordInvariants.laterIsNewer(List.of(first, new Seen(10, 12, version(1), false))));
        breaks("LaterIsNewer", RecordInvariants.laterIsNewer(List.of(first, new Seen(11, 12, version(1), false))));
        breaks("LaterIsNewer", RecordInvariants.laterIsNewer(List.of(first, new Seen(11, 12, version(2), true))));
        Seen between = new Seen(3, 9, version(1), false);
        breaks(
                "LaterIsNewer",
                RecordInvariants.laterIsNewer(List.of(between, first, new Seen(11, 12, version(1), false))));
    }
}
