package dev.chord.core.records;

import static dev.chord.core.records.ManualHost.SELF;
import static dev.chord.core.records.ManualHost.tenure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.records.RecordDisk.Durability;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.Example;

/** What a holder promises, and that it keeps its word across restarts. */
class HolderTest {
    private static final long LEASE = RecordLimits.DEFAULT.lease();
    private static final Arc ARC = new Arc(Identifier.of(10), Identifier.of(20));
    private static final List<Arc> ARCS = List.of(ARC);
    private static final Identifier INSIDE = Identifier.of(15);
    private static final Identifier OUTSIDE = Identifier.of(25);

    private final ManualHost host = new ManualHost();
    private RecordEngine engine = host.engine(true);

    private void restart() {
        host.disk.restart();
        engine = host.engine(true);
    }

    private Question.Promised promise(long epoch) {
        return ManualHost.serve(engine, new Question.Promise(ARCS, epoch)).only();
    }

    private boolean leased(long epoch) {
        return ManualHost.serve(engine, new Question.Lease(ARC, epoch)).only().agreed();
    }

    private boolean noted(Tenure tenure, boolean begun) {
        return ManualHost.serve(engine, new Question.Note(ARCS, tenure, begun))
                .only()
                .agreed();
    }

    private boolean keeps(Identifier key, long tenure) {
        Record record = ManualHost.name(key, "a", new Version(1, Identifier.of(1)));
        Question.Replicate copies = new Question.Replicate(Optional.empty(), List.of(record), 0, tenure);
        return ManualHost.serve(engine, copies).only() == Question.Kept.KEPT;
    }

    private Claim claim(Identifier key) {
        return engine.claims().stream()
                .filter(piece -> piece.arc().contains(key))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @Example
    void whoHasPromisedKeepsNothingOfAnOlderTenureThere() {
        assertThat(keeps(INSIDE, 1)).isTrue();
        Question.Promised word = promise(5);
        assertThat(word.agreed()).isTrue();
        assertThat(word.claims()).as("as it was before").allMatch(p -> p.value().equals(Claim.NONE));
        assertThat(keeps(INSIDE, 4)).isFalse();
        assertThat(keeps(INSIDE, 5)).isTrue();
        assertThat(keeps(OUTSIDE, 1)).as("elsewhere").isTrue();
        assertThat(keeps(INSIDE, 0)).as("repair brings what it has").isTrue();
        assertThat(promise(5).agreed()).as("once").isFalse();
        assertThat(promise(4).agreed()).isFalse();
        assertThat(leased(4)).isFalse();
        assertThat(leased(5)).isTrue();
        assertThat(noted(tenure(4, 1), false)).isFalse();
        assertThat(noted(tenure(5, 1), false)).isTrue();
    }

    @Example
    void oneOfTheRecordsThatMayNotBeKeptIsEnoughToKeepNone() {
        promise(5);
        Record inside = ManualHost.name(INSIDE, "a", new Version(1, Identifier.of(1)));
        Record outside = ManualHost.name(OUTSIDE, "a", new Version(1, Identifier.of(1)));
        Question.Replicate both = new Question.Replicate(Optional.empty(), List.of(outside, inside), 0, 4);
        assertThat(ManualHost.serve(engine, both).only()).isEqualTo(Question.Kept.SUPERSEDED);
        assertThat(host.disk.get(outside.id())).isEmpty();
    }

    @Example
    void aProcessThatCameInItsPlaceHasPromisedNothing() {
        Identifier before = Identifier.of(499);
        assertThat(ManualHost.serve(engine, new Question.Promise(ARCS, 5), before)
                        .only()
                        .agreed())
                .isFalse();
        for (boolean begun : new boolean[] {false, true}) {
            assertThat(ManualHost.serve(engine, new Question.Note(ARCS, tenure(5, 1), begun), before)
                            .only()
                            .agreed())
                    .isFalse();
        }
        assertThat(ManualHost.serve(engine, new Question.Lease(ARC, 5), before)
                        .only()
                        .agreed())
                .isFalse();
        Record record = ManualHost.name(INSIDE, "a", new Version(1, Identifier.of(1)));
        assertThat(ManualHost.serve(engine, new Question.Replicate(Optional.empty(), List.of(record), 0, 5), before)
                        .only())
                .isEqualTo(Question.Kept.SUPERSEDED);
        assertThat(claim(INSIDE)).isEqualTo(Claim.NONE);
    }

    @Example
    void whatWasPromisedAndNotedOutlivesTheProcess() {
        ManualHost.serve(
                engine,
                new Question.Note(List.of(new Arc(Identifier.of(10), Identifier.of(10))), tenure(2, 30, 40, 50), true));
        promise(5);
        noted(tenure(5, 40, 50, 60), false);
        Claim before = claim(INSIDE);
        assertThat(before).isEqualTo(new Claim(5, Optional.of(tenure(2, 30, 40, 50)), List.of(tenure(5, 40, 50, 60))));
        Claim elsewhere = claim(OUTSIDE);
        restart();
        assertThat(claim(INSIDE)).isEqualTo(before);
        assertThat(claim(OUTSIDE)).isEqualTo(elsewhere);
        assertThat(keeps(INSIDE, 4)).isFalse();
    }

    @Example
    void whoAsksForAPromiseHearsHowLongAnOwnerMayAnswerByALease() {
        host.advance(LEASE); // what the process before may have given is over
        assertThat(promise(3).leaseLeft()).isZero();
        leased(3);
        host.advance(LEASE * 2 / 5);
        assertThat(promise(4).leaseLeft()).isEqualTo(LEASE * 3 / 5);
        assertThat(leased(3)).as("whose end is waited for").isFalse();
        host.advance(LEASE * 3 / 5);
        assertThat(promise(5).leaseLeft()).isZero();
        restart();
        assertThat(promise(6).leaseLeft())
                .as("a process does not know what it gave before it was started")
                .isEqualTo(LEASE);
    }

    @Example
    void itIsNamedUntilATenureWithoutItIsKnown() {
        Holder holder = holder();
        assertThat(holder.named()).isFalse();
        holder.establish(ARCS, tenure(2, 30, 40, 50), done -> {});
        assertThat(holder.names(INSIDE)).isTrue();
        assertThat(holder.names(OUTSIDE)).isFalse();
        assertThat(holder.named()).isTrue();
        holder.establish(ARCS, tenure(3, 40, 50, 60), done -> {});
        assertThat(holder.named()).isFalse();
        Question.Note note = new Question.Note(ARCS, tenure(4, 30, 40), false);
        holder.serve(note, SELF.process(), new ManualHost.Heard<>());
        assertThat(holder.named()).as("it may have begun").isTrue();
    }

    private Holder holder() {
        LeaseBook leases = new LeaseBook(host, LEASE);
        return new Holder(host, ManualHost.settings(true), leases, host.disk.claims(), host.disk.epoch());
    }

    @Example
    void noEpochIsDrawnTwiceAndNoneIsToldThatMayBeForgotten() {
        Holder holder = holder();
        List<Optional<Long>> drawn = new ArrayList<>();
        holder.heardOf(7);
        host.disk.stall();
        for (Durability how : Durability.values()) {
            holder.newEpoch(drawn::add);
            assertThat(drawn).as("before the disk has it").hasSize(how.ordinal());
            host.disk.finish(how);
        }
        holder.newEpoch(drawn::add);
        host.disk.goOn();
        assertThat(drawn).containsExactly(Optional.of(8L), Optional.empty(), Optional.empty(), Optional.of(11L));
        assertThat(host.disk.epoch()).isEqualTo(11);
    }

    @Example
    void newsOfAnEpochAreAnsweredWhenTheyAreDurable() {
        host.disk.stall();
        Question.Replicate news = new Question.Replicate(Optional.empty(), List.of(), 9, 0);
        ManualHost.Heard<Question.Kept> kept = ManualHost.serve(engine, news);
        assertThat(kept.silent()).isTrue();
        host.disk.finish(Durability.NOT_DONE);
        assertThat(kept.refused).isTrue();
        ManualHost.Heard<Question.Kept> again = ManualHost.serve(engine, news);
        host.disk.finish(Durability.DURABLE);
        assertThat(again.only()).isEqualTo(Question.Kept.KEPT);
        restart();
        assertThat(engine.epoch()).isEqualTo(9);
    }

    @Example
    void whatAnotherPromisedIsPromisedHereToo() {
        Holder holder = holder();
        noted(tenure(2, 30, 40, 50), true);
        holder.establish(ARCS, tenure(2, 30, 40, 50), done -> {});
        Claim elsewhere = Claim.NONE.establish(tenure(2, 30, 40, 50)).promise(9);
        holder.heed(List.of(new dev.chord.core.placement.ArcMap.Piece<>(ARC, elsewhere)));
        assertThat(holder.at(INSIDE).promised()).isEqualTo(9);
        assertThat(holder.at(OUTSIDE).promised()).isZero();
        assertThat(holder.epoch()).isEqualTo(9);
        restart();
        assertThat(claim(INSIDE).promised()).isEqualTo(9);
    }

    @Example
    void whoIsGoneForGoodIsRememberedWithTheLatestEpoch() {
        Holder holder = holder();
        holder.giveUp(Map.of(Identifier.of(1), 4L, Identifier.of(2), 6L), done -> {});
        holder.giveUp(Map.of(Identifier.of(1), 5L, Identifier.of(2), 3L), done -> {});
        assertThat(holder.givenUp()).isEqualTo(Map.of(Identifier.of(1), 5L, Identifier.of(2), 6L));
        restart();
        assertThat(engine.givenUp()).isEqualTo(Map.of(Identifier.of(1), 5L, Identifier.of(2), 6L));
        assertThat(engine.epoch()).isEqualTo(6);
        host.disk.stall();
        List<Durability> known = new ArrayList<>();
        engine.giveUp(Map.of(Identifier.of(1), 5L), known::add);
        assertThat(known).as("nothing new").containsExactly(Durability.DURABLE);
    }

    @Example
    void nothingIsLetGoWhileItIsToBeKept() {
        Holder holder = holder();
        Record record = ManualHost.name(INSIDE, "a", new Version(1, Identifier.of(1)));
        host.disk.put(RecordDisk.Batch.of(List.of(record)));
        List<Boolean> gone = new ArrayList<>();
        holder.keepAll(1000, () -> {});
        holder.keepAll(10, () -> {});
        host.advance(999);
        holder.drop(List.of(record), gone::add);
        assertThat(gone).containsExactly(false);
        host.advance(1);
        holder.drop(List.of(record), gone::add);
        assertThat(gone).containsExactly(false, true);
        assertThat(host.disk.get(record.id())).isEmpty();
    }

    @Example
    void whatIsOnItsWayOutIsGoneWhenKeepingBegins() {
        Holder holder = holder();
        Record record = ManualHost.name(INSIDE, "a", new Version(1, Identifier.of(1)));
        host.disk.put(RecordDisk.Batch.of(List.of(record)));
        host.disk.stall();
        List<String> order = new ArrayList<>();
        holder.drop(List.of(record), gone -> order.add("gone"));
        holder.keepAll(1000, () -> order.add("kept from now on"));
        host.disk.goOn();
        assertThat(order).containsExactly("gone", "kept from now on");
    }
}
