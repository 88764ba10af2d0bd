package dev.chord.node.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.Claim;
import dev.chord.core.placement.Tenure;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.node.store.DiskIo;
import dev.chord.node.store.NodeStore;
import dev.chord.node.store.StoreLimits;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a holder promises, and that it keeps its word across restarts. */
class PromisesTest {
    private static final Identifier SELF = Identifier.of(500);
    private static final Arc ARC = new Arc(Identifier.of(10), Identifier.of(20));
    private static final List<Arc> ARCS = List.of(ARC);
    private static final Identifier INSIDE = Identifier.of(15);
    private static final Identifier OUTSIDE = Identifier.of(25);

    @TempDir
    private Path root;

    private final AtomicLong time = new AtomicLong(77);
    private NodeStore store;
    private Promises promises;

    @BeforeEach
    void open() throws IOException {
        store = new NodeStore(new DiskIo(), root, StoreLimits.NONE, Clock.systemUTC());
        promises = new Promises(store.claims(), true, SELF, new LeaseBook(time::get, Clock.systemUTC()));
    }

    @AfterEach
    void close() {
        store.close();
    }

    // The process of holder 0 is this one.
    private static Tenure tenure(long epoch, int... holders) {
        return new Tenure(
                epoch,
                Arrays.stream(holders)
                        .mapToObj(i ->
                                new Peer(Identifier.of(i), new Endpoint("h" + i, 1), "z", Identifier.of(500L + i), 1))
                        .toList());
    }

    private boolean keeps(Identifier key, long epoch) {
        return promises.keep(List.of(key), epoch, () -> true).isPresent();
    }

    @Test
    void whoHasPromisedKeepsNothingOfAnOlderTenureThere() {
        assertThat(keeps(INSIDE, 1)).isTrue();
        Promises.Word word = promises.promise(SELF, ARCS, 5);
        assertThat(word.agreed()).isTrue();
        assertThat(word.claims()).as("as it was before").allMatch(p -> p.value().equals(Claim.NONE));
        assertThat(keeps(INSIDE, 4)).isFalse();
        assertThat(keeps(INSIDE, 5)).isTrue();
        assertThat(keeps(OUTSIDE, 1)).as("elsewhere").isTrue();
        assertThat(keeps(INSIDE, 0)).as("repair brings what it has").isTrue();
        assertThat(promises.promise(SELF, ARCS, 5).agreed()).as("once").isFalse();
        assertThat(promises.promise(SELF, ARCS, 4).agreed()).isFalse();
        assertThat(promises.lease(SELF, ARC, 4).agreed()).isFalse();
        assertThat(promises.lease(SELF, ARC, 5).agreed()).isTrue();
        assertThat(promises.propose(SELF, ARCS, tenure(4, 1)).agreed()).isFalse();
        assertThat(promises.propose(SELF, ARCS, tenure(5, 1)).agreed()).isTrue();
    }

    @Test
    void aProcessThatCameInItsPlaceHasPromisedNothing() {
        Identifier before = Identifier.of(499);
        assertThat(promises.promise(before, ARCS, 5).agreed()).isFalse();
        assertThat(promises.propose(before, ARCS, tenure(5, 1)).agreed()).isFalse();
        assertThat(promises.establish(before, ARCS, tenure(5, 1)).agreed()).isFalse();
        assertThat(promises.lease(before, ARC, 5).agreed()).isFalse();
        assertThat(store.claims().at(INSIDE)).isEqualTo(Claim.NONE);
    }

    @Test
    void whatWasPromisedAndNotedOutlivesTheProcess() throws IOException {
        promises.establish(SELF, List.of(new Arc(Identifier.of(10), Identifier.of(10))), tenure(2, 0, 1, 2));
        promises.promise(SELF, ARCS, 5);
        promises.propose(SELF, ARCS, tenure(5, 1, 2, 3));
        Claim before = store.claims().at(INSIDE);
        assertThat(before).isEqualTo(new Claim(5, Optional.of(tenure(2, 0, 1, 2)), List.of(tenure(5, 1, 2, 3))));
        Claim elsewhere = store.claims().at(OUTSIDE);
        store.close();
        open();
        assertThat(store.claims().at(INSIDE)).isEqualTo(before);
        assertThat(store.claims().at(OUTSIDE)).isEqualTo(elsewhere);
        assertThat(keeps(INSIDE, 4)).isFalse();
    }

    @Test
    void whoAsksForAPromiseHearsHowLongAnOwnerMayAnswerByALease() throws IOException {
        time.addAndGet(LeaseBook.MILLIS); // what the process before may have given is over
        assertThat(promises.promise(SELF, ARCS, 3).leaseLeft()).isZero();
        promises.lease(SELF, ARC, 3);
        time.addAndGet(400);
        assertThat(promises.promise(SELF, ARCS, 4).leaseLeft()).isEqualTo(600);
        assertThat(promises.lease(SELF, ARC, 3).agreed())
                .as("whose end is waited for")
                .isFalse();
        time.addAndGet(600);
        assertThat(promises.promise(SELF, ARCS, 5).leaseLeft()).isZero();
        store.close();
        open();
        assertThat(promises.promise(SELF, ARCS, 6).leaseLeft())
                .as("a process does not know what it gave before it was started")
                .isEqualTo(LeaseBook.MILLIS);
    }

    @Test
    void anOwnerGoesByTheClockThatWentFurther() {
        AtomicLong timeOfDay = new AtomicLong();
        LeaseBook book = new LeaseBook(time::get, new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(timeOfDay.get());
            }
        });
        book.hold(ARC, 3, book.now());
        time.addAndGet(500);
        timeOfDay.addAndGet(-7_200_000);
        assertThat(book.holds(INSIDE, 3)).as("its time of day was put back").isTrue();
        timeOfDay.addAndGet(600);
        assertThat(book.holds(INSIDE, 3)).as("it slept").isFalse();
        book.hold(ARC, 3, book.now());
        time.addAndGet(749);
        assertThat(book.holds(INSIDE, 3)).isTrue();
        time.addAndGet(1);
        assertThat(book.holds(INSIDE, 3)).isFalse();
    }

    @Test
    void itIsNamedUntilATenureWithoutItIsKnown() {
        assertThat(promises.named()).isFalse();
        promises.establish(SELF, ARCS, tenure(2, 0, 1, 2));
        assertThat(promises.names(INSIDE)).isTrue();
        assertThat(promises.names(OUTSIDE)).isFalse();
        assertThat(promises.named()).isTrue();
        promises.establish(SELF, ARCS, tenure(3, 1, 2, 3));
        assertThat(promises.named()).isFalse();
        promises.propose(SELF, ARCS, tenure(4, 0, 1));
        assertThat(promises.named()).as("it may have begun").isTrue();
    }
}
