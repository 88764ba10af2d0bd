package dev.chord.core.placement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Identifier;
import dev.chord.core.placement.GivingWay.Unfinished;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class GivingWayTest {
    private static final long PATIENCE = 10;

    private static Unfinished upload(long size, int id, long bytes, long idle) {
        return new Unfinished(new Precedence(size, Identifier.of(id)), bytes, idle);
    }

    private static List<Unfinished> choose(List<Unfinished> all, Precedence by, long wanted) {
        return GivingWay.choose(all, by, wanted, PATIENCE);
    }

    @Test
    void theSilentGoFirstThenTheLargest() {
        Unfinished silent = upload(1, 1, 10, 20);
        Unfinished longSilent = upload(2, 2, 10, 30);
        Unfinished large = upload(900, 3, 10, 0);
        Unfinished larger = upload(901, 4, 10, 0);
        List<Unfinished> all = List.of(large, silent, larger, longSilent);
        Precedence by = new Precedence(500, Identifier.of(9));
        assertThat(choose(all, by, 5)).containsExactly(longSilent);
        assertThat(choose(all, by, 25)).containsExactly(longSilent, silent, larger);
        assertThat(choose(all, by, 40)).containsExactly(longSilent, silent, larger, large);
        assertThat(choose(all, by, 41)).as("in vain for all").isEmpty();
    }

    @Test
    void nobodyGivesWayToALargerOneOrToItself() {
        Unfinished small = upload(10, 1, 100, 0);
        assertThat(choose(List.of(small), new Precedence(11, Identifier.of(2)), 1))
                .isEmpty();
        assertThat(choose(List.of(small), small.who(), 1)).isEmpty();
        assertThat(choose(List.of(upload(10, 1, 100, 99)), small.who(), 1)).isEmpty();
        assertThat(choose(List.of(small), Precedence.FIRST, 1)).containsExactly(small);
    }

    // Uploads of any sizes put their blocks in any order into one store: as many succeed as would if the
    // smallest went first.
    @Property(tries = 300)
    void ofManyAtOnceAsManySucceedAsFit(@ForAll long seed) {
        Random random = new Random(seed);
        int room = 1 + random.nextInt(60);
        List<Running> all = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(8); i++) {
            all.add(new Running(new Precedence(1 + random.nextInt(30), Identifier.of(i + 1))));
        }
        List<Running> active = new ArrayList<>(all);
        while (!active.isEmpty()) {
            Running next = active.get(random.nextInt(active.size()));
            long used = all.stream().mapToLong(r -> r.stored).sum();
            if (used + 1 > room) {
                List<Unfinished> unfinished = active.stream()
                        .map(r -> new Unfinished(r.who, r.stored, 0))
                        .toList();
                List<Unfinished> going = choose(unfinished, next.who, 1);
                List<Running> out = going.isEmpty()
                        ? List.of(next)
                        : active.stream()
                                .filter(r ->
                                        going.stream().anyMatch(g -> g.who().equals(r.who)))
                                .toList();
                out.forEach(r -> r.stored = 0);
                active.removeAll(out);
            } else if (++next.stored == next.who.size()) {
                active.remove(next); // it is confirmed and does not give way any more
            }
        }
        long stored = all.stream().filter(r -> r.stored == r.who.size()).count();
        long left = room;
        long best = 0;
        for (Running running :
                all.stream().sorted((a, b) -> a.who.compareTo(b.who)).toList()) {
            left -= running.who.size();
            best += left >= 0 ? 1 : 0;
        }
        // one that was whole before others began may be larger than they
        assertThat(all.stream().mapToLong(r -> r.stored).sum()).isLessThanOrEqualTo(room);
        assertThat(stored).isLessThanOrEqualTo(best);
        assertThat(stored).isGreaterThanOrEqualTo(best == 0 ? 0 : 1);
        boolean sameSize = all.stream().mapToLong(r -> r.who.size()).distinct().count() == 1;
        if (sameSize) {
            assertThat(stored).isEqualTo(best);
        }
    }

    private static final class Running {
        private final Precedence who;
        private long stored;

        Running(Precedence who) {
            this.who = who;
        }
    }
}
