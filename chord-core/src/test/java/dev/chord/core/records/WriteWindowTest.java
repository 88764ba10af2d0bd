package dev.chord.core.records;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class WriteWindowTest {
    private static Optional<WriteWindow.Stamp> stamp(WriteWindow window) {
        return Optional.of(window.stamp());
    }

    @Example
    void whoShowsAStampOfTheTenureWritesOnce() {
        WriteWindow window = new WriteWindow(7, 8);
        assertThat(window.ask(1, Optional.empty(), 5)).isEqualTo(WriteWindow.Word.STALE);
        Optional<WriteWindow.Stamp> shown = stamp(window);
        assertThat(window.ask(1, shown, 5)).isEqualTo(WriteWindow.Word.FREE);
        window.carriedOut(1);
        assertThat(window.ask(1, shown, 5)).isEqualTo(WriteWindow.Word.DONE);
        assertThat(window.ask(2, shown, 5)).isEqualTo(WriteWindow.Word.FREE);
    }

    @Example
    void aStampFromBeforeTheTenureIsStale() {
        WriteWindow window = new WriteWindow(7, 8);
        window.ask(1, Optional.empty(), 5);
        Optional<WriteWindow.Stamp> before = stamp(window);
        // also where the older tenure goes on for other keys, and whatever the numbers
        for (long tenure : new long[] {9, 4}) {
            assertThat(window.ask(1, before, tenure)).isEqualTo(WriteWindow.Word.STALE);
            assertThat(window.ask(1, stamp(window), tenure)).isEqualTo(WriteWindow.Word.FREE);
        }
        assertThat(window.ask(1, before, 5)).isEqualTo(WriteWindow.Word.FREE);
    }

    @Example
    void aStampOfTheProcessBeforeIsStale() {
        WriteWindow before = new WriteWindow(7, 8);
        before.ask(1, Optional.empty(), 5);
        WriteWindow after = new WriteWindow(8, 8);
        after.ask(1, Optional.empty(), 5);
        assertThat(after.ask(1, stamp(before), 5)).isEqualTo(WriteWindow.Word.STALE);
    }

    @Example
    void aStampFromBeforeWhatIsRememberedIsStale() {
        WriteWindow window = new WriteWindow(7, 2);
        window.ask(1, Optional.empty(), 5);
        Optional<WriteWindow.Stamp> shown = stamp(window);
        for (long other = 2; other < 4; other++) {
            window.carriedOut(other);
            assertThat(window.ask(1, shown, 5)).isEqualTo(WriteWindow.Word.FREE);
        }
        window.carriedOut(4);
        assertThat(window.ask(1, shown, 5)).isEqualTo(WriteWindow.Word.STALE);
    }

    @Example
    void whatWasFoundToBeDoneIsRememberedAsLongAsWhoAskedMayAskAgain() {
        WriteWindow window = new WriteWindow(7, 1);
        window.ask(1, Optional.empty(), 5);
        window.carriedOut(1);
        Optional<WriteWindow.Stamp> newer = stamp(window);
        assertThat(window.ask(1, newer, 5)).isEqualTo(WriteWindow.Word.DONE);
        window.carriedOut(2);
        assertThat(window.ask(1, newer, 5)).isNotEqualTo(WriteWindow.Word.FREE);
    }

    /** A question on its way, which may arrive at any time, and several times. */
    private record Question(int process, long operation, Optional<WriteWindow.Stamp> shown) {}

    @Property(tries = 10_000)
    void whatHasBeenAcknowledgedIsNotCarriedOutAgain(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int size) {
        Random random = new Random(seed);
        List<WriteWindow> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(new WriteWindow(random.nextLong(), size));
        }
        List<Question> onTheWay = new ArrayList<>();
        Map<Integer, WriteWindow.Stamp> known = new HashMap<>();
        Map<Long, Optional<WriteWindow.Stamp>> shownWith = new HashMap<>(); // by operation and process
        Set<Long> acknowledged = new HashSet<>();
        int owner = 0;
        long tenure = 1;
        long operations = 0;
        for (int step = 0; step < 400; step++) {
            int what = random.nextInt(20);
            int process = random.nextInt(3);
            if (what == 0) {
                owner = process; // agreed on by the others: nobody writes in the tenure before any more
                tenure++;
            } else if (what == 1 && process != owner) {
                processes.set(process, new WriteWindow(random.nextLong(), size));
            } else if (what < 8) {
                long operation = random.nextInt(4) == 0 ? ++operations : 1 + random.nextLong(Math.max(1, operations));
                if (!acknowledged.contains(operation)) {
                    // asked again, a question shows the same stamp, until it is told that it is stale
                    Optional<WriteWindow.Stamp> shown = shownWith.computeIfAbsent(
                            operation * 3 + process, place -> Optional.ofNullable(known.get(process)));
                    onTheWay.add(new Question(process, operation, shown));
                }
            } else if (!onTheWay.isEmpty()) {
                Question question = onTheWay.get(random.nextInt(onTheWay.size()));
                if (question.process() == owner) {
                    WriteWindow window = processes.get(owner);
                    boolean answered = random.nextInt(3) > 0;
                    WriteWindow.Word word = window.ask(question.operation(), question.shown(), tenure);
                    if (word == WriteWindow.Word.FREE) {
                        assertThat(acknowledged).doesNotContain(question.operation());
                        window.carriedOut(question.operation());
                    }
                    if (answered) {
                        known.put(owner, window.stamp());
                        if (word != WriteWindow.Word.STALE) {
                            acknowledged.add(question.operation());
                        } else {
                            shownWith.replace(
                                    question.operation() * 3 + owner, question.shown(), Optional.of(window.stamp()));
                        }
                    }
                }
            }
        }
    }

    @Example
    void aListThatIsFullHasForgottenItsBeginning() {
        List<Long> operations = List.of();
        for (long operation = 1; operation < WriteWindow.OF_A_RECORD; operation++) {
            operations = WriteWindow.after(operation, operations);
            assertThat(WriteWindow.isWhole(operations)).isTrue();
        }
        List<Long> full = WriteWindow.after(WriteWindow.OF_A_RECORD, operations);
        assertThat(WriteWindow.isWhole(full)).isFalse();
        assertThat(WriteWindow.isWhole(List.of())).isFalse();
        assertThat(WriteWindow.after(WriteWindow.OF_A_RECORD + 1L, full))
                .hasSize(WriteWindow.OF_A_RECORD)
                .startsWith(WriteWindow.OF_A_RECORD + 1L, (long) WriteWindow.OF_A_RECORD)
                .doesNotContain(1L);
    }

    @Example
    void whatTheWinnerDoesNotKnowOfIsUnknownUnlessItHasForgotten() {
        assertThat(WriteWindow.isUnknown(List.of(2L, 1L), List.of(3L, 1L))).isTrue();
        assertThat(WriteWindow.isUnknown(List.of(2L, 1L), List.of(3L, 2L, 1L))).isFalse();
        assertThat(WriteWindow.isUnknown(List.of(), List.of(3L))).isFalse();
        assertThat(WriteWindow.isUnknown(List.of(2L), List.of())).isFalse();
    }
}
