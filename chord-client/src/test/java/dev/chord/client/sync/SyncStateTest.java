package dev.chord.client.sync;

import static java.util.concurrent.TimeUnit.NANOSECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.chord.client.content.FileStamp;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.sync.FolderSync.Consent;
import dev.chord.client.sync.MemoryFolder.Way;
import dev.chord.client.sync.SyncRule.Agreed;
import dev.chord.core.id.Identifier;
import dev.chord.core.version.Version;
import java.io.IOException;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SyncStateTest {
    private static final Identifier A = Identifier.of(1);
    private static final FileStamp STAMP = stamp(5);

    private final MemoryFolder folder = new MemoryFolder();
    private final MemoryRing ring = new MemoryRing();

    private static FileStamp stamp(long changed) {
        return new FileStamp(3, FileTime.from(4, NANOSECONDS), FileTime.from(changed, NANOSECONDS), "in\\ode\t1");
    }

    private FolderSync.Round round(Consent... consents) throws IOException {
        return FolderSync.round(folder, ring.seenFrom(folder, () -> {}, () -> false), "s/", Set.of(consents));
    }

    @Test
    void whatIsSavedIsRead() {
        SyncState state = SyncState.parse(List.of(), "s/");
        Agreed agreed = new Agreed(A, new Version(9, Identifier.of(8)));
        state.ring(new RingMark("r\n\u00e9", List.of(Identifier.of(4), Identifier.of(5))));
        state.agree("a\\nb", agreed);
        state.saw("a\\nb", STAMP, A);
        state.kept(".chord-trash/x/a", new SyncState.Kept("a\tb", A, STAMP));
        SyncState read = SyncState.parse(state.lines(), "s/");
        assertThat(read.lines()).isEqualTo(state.lines());
        assertThat(read.agreed("a\\nb")).contains(agreed);
        assertThat(read.content("a\\nb", STAMP)).contains(A);
        assertThat(read.content("a\\nb", stamp(6))).isEmpty();
        assertThat(read.ring()).contains(new RingMark("r\n\u00e9", List.of(Identifier.of(4), Identifier.of(5))));
        assertThat(read.kept()).containsEntry(".chord-trash/x/a", new SyncState.Kept("a\tb", A, STAMP));
        assertThat(SyncState.parse(state.lines(), "t/").names())
                .as("agreed below another prefix")
                .isEmpty();
    }

    @Test
    void theStateOfOlderFoldersIsTakenOver() {
        List<String> old = List.of(A.toHex() + "\t" + A.toHex() + "\t3\t1700000000000\tdeep/a.txt", "-\t-\t0\t0\tb");
        SyncState state = SyncState.parse(old, "s/");
        assertThat(state.names()).containsExactly("deep/a.txt");
        assertThat(state.agreed("deep/a.txt")).contains(new Agreed(A, Version.NONE));
        assertThat(state.ring()).as("any ring").isEmpty();
    }

    @Test
    void damagedLinesAreLeftOut() {
        SyncState state = SyncState.parse(List.of(), "s/");
        state.agree("a", new Agreed(A, Version.NONE));
        state.agree("b", new Agreed(A, Version.NONE));
        state.ring(new RingMark("r", List.of(A)));
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 2000; i++) {
            List<String> lines = new ArrayList<>(state.lines());
            int which = random.nextInt(lines.size());
            StringBuilder line = new StringBuilder(lines.get(which));
            line.setCharAt(random.nextInt(line.length()), (char) random.nextInt(0x80));
            line.setLength(random.nextInt(line.length() + 1));
            lines.set(which, line.toString());
            SyncState read = SyncState.parse(lines, "s/");
            assertThat(SyncState.parse(read.lines(), "s/").lines()).isEqualTo(read.lines());
        }
    }

    @Test
    void aMarkWithoutAProcessIsDamaged() {
        for (String processes : List.of("", ",", ",,", A.toHex() + ",", "," + A.toHex())) {
            SyncState read = SyncState.parse(List.of("chord-sync 2", "R\tr\t" + processes), "s/");
            assertThat(read.ring()).as("'%s'", processes).isEmpty();
        }
    }

    @Test
    void anotherRingIsRefusedUntilSomebodySaysSo() throws IOException {
        folder.write("a", "text", Way.IN_PLACE);
        round();
        ring.wipe(false);
        assertThatThrownBy(this::round)
                .isInstanceOf(ChordException.class)
                .extracting(e -> ((ChordException) e).code())
                .isEqualTo(ErrorCode.INCOMPATIBLE);
        assertThat(folder.text("a")).contains("text");
        assertThat(ring.names()).isEmpty();
        assertThat(round(Consent.ADOPT).done()).containsExactly(new FolderSync.Done(FolderSync.Kind.STORED, "a"));
        assertThat(ring.text("a")).contains("text");
        assertThat(round().done()).isEmpty();
    }

    @Test
    void aRingIsKnownByAnyMemberOfBefore() {
        RingMark mark = new RingMark("r", List.of(Identifier.of(1), Identifier.of(2)));
        assertThat(mark.knows(new RingMark("r", List.of(Identifier.of(2), Identifier.of(3)))))
                .isTrue();
        assertThat(mark.knows(new RingMark("r", List.of(Identifier.of(3))))).isFalse();
        assertThat(mark.knows(new RingMark("q", List.of(Identifier.of(2))))).isFalse();
        RingMark grown = mark.with(new RingMark(
                "r", IntStream.range(2, 70).mapToObj(Identifier::of).toList()));
        assertThat(grown.processes()).hasSize(64).contains(Identifier.of(69)).doesNotContain(Identifier.of(1));
    }

    @Test
    void manyRemovalsAreHeldBackAndAFileThatTookTheirPlaceIsStored() throws IOException {
        for (int i = 0; i < 30; i++) {
            ring.write("f" + i, "text " + i);
        }
        assertThat(round().done()).hasSize(30);
        for (int i = 0; i < 30; i++) {
            ring.remove("f" + i);
        }
        folder.write("new", "text", Way.IN_PLACE);
        FolderSync.Round held = round();
        assertThat(held.held()).isEqualTo(30);
        assertThat(held.done()).containsExactly(new FolderSync.Done(FolderSync.Kind.STORED, "new"));
        assertThat(folder.files()).hasSize(31);
        assertThat(round(Consent.REMOVE_MANY).done()).hasSize(30);
        assertThat(folder.files()).hasSize(1);
        assertThat(folder.everything().keySet())
                .filteredOn(name -> name.startsWith(SyncNames.TRASH))
                .hasSize(30);
        assertThat(Optional.of(round().held())).contains(0);
    }
}
