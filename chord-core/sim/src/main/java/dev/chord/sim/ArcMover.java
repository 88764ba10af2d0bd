package dev.chord.sim;

import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.placement.ArcMap;
import dev.chord.core.placement.Claim;
import dev.chord.core.protocol.Action;
import dev.chord.core.protocol.Command;
import dev.chord.core.protocol.Event;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.protocol.Outcome;
import dev.chord.core.ring.Peer;
import dev.chord.sim.SimulatedStore.Stored;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Takes arcs over and gives them away, as {@code ArcTaker} and {@code ArcGiver} of a node do. */
final class ArcMover {
    private static final long KEEP = 60 * Simulation.SECOND; // as nodes do

    private final SimulatedProcess process;
    private final SimulatedRecords records;
    private long keptUntil = Long.MIN_VALUE;
    private final List<Drain> drains = new ArrayList<>();

    private record Drain(Set<Object> awaited, Runnable then) {}

    /** What a source sends of an arc. */
    private record Batch(
            Map<Identifier, Stored> records,
            long epoch,
            boolean given,
            boolean settled,
            List<ArcMap.Piece<Claim>> claims) {}

    ArcMover(SimulatedProcess process, SimulatedRecords records) {
        this.process = process;
        this.records = records;
    }

    /**
     * Lets no record go for a while, even where it does not belong: an arc is changing hands, this process may be meant to keep it, and not
     * know yet.
     */
    void keepAll() {
        keptUntil = process.clock() + KEEP;
    }

    boolean kept() {
        return process.clock() < keptUntil;
    }

    // ---- taking

    void take(Peer self, Action.TakeArc take) {
        keepAll();
        new Taking(self, take).pullNext(0);
    }

    /** One attempt. */
    private final class Taking {
        private final Peer self;
        private final Action.TakeArc take;
        private final Set<Identifier> needed = new TreeSet<>();
        private final List<Peer> reachable = new ArrayList<>();
        private final List<ArcMap.Piece<Claim>> claims = new ArrayList<>();
        private boolean released;
        private boolean settled;

        Taking(Peer self, Action.TakeArc take) {
            this.self = self;
            this.take = take;
            this.settled = take.sources().isEmpty();
            // The holders of an acknowledged write that its dead owner had: one of any quorum has to be heard.
            int replicas = process.ring().settings().ring().replicas();
            for (Peer source : take.sources()) {
                if (needed.size() < replicas - 1 && !source.process().equals(self.process())) {
                    needed.add(source.process());
                }
            }
        }

        void pullNext(int index) {
            if (index == take.sources().size()) {
                releaseNext(0);
                return;
            }
            Peer source = take.sources().get(index);
            ask(source, (at, call) -> call.answer(at.records().arcs().copy(take.arc())), answer -> {
                if (answer.isPresent()) {
                    reachable.add(source);
                    claims.addAll(answer.get().claims());
                    records.keep(answer.get().records(), () -> pullNext(index + 1));
                } else if (index == 0 || !quorum() && needed.contains(source.process())) {
                    end(Event.TakeOutcome.FAILED);
                } else {
                    pullNext(index + 1);
                }
            });
        }

        private void releaseNext(int index) {
            if (index == reachable.size()) {
                if (quorum()) {
                    begin();
                } else {
                    announce();
                }
                return;
            }
            Peer source = reachable.get(index);
            boolean head = source.equals(take.sources().get(0));
            Command.StartGiving giving = new Command.StartGiving(take.arc(), self, head);
            ask(source, (at, call) -> at.records().arcs().give(source, giving, call), answer -> {
                if (answer.isEmpty()) {
                    end(Event.TakeOutcome.FAILED);
                    return;
                }
                Batch batch = answer.get();
                released |= batch.given();
                settled |= head && batch.settled();
                process.store().heardOf(batch.epoch());
                records.keep(batch.records(), () -> releaseNext(index + 1));
            });
        }

        private boolean quorum() {
            return process.ring().settings().quorum();
        }

        private Event.TakeOutcome outcome() {
            return released
                    ? Event.TakeOutcome.RELEASED
                    : settled ? Event.TakeOutcome.UNOWNED : Event.TakeOutcome.UNSETTLED;
        }

        // Where too few of those who kept the records before are in reach it owns, but does not serve, until they are.
        private void begin() {
            process.member(self.id())
                    .ifPresent(member -> new TenureChange(
                                    process,
                                    member,
                                    List.of(take.arc()),
                                    claims,
                                    begun -> finish(outcome(), process.store().epoch()))
                            .start());
        }

        // Before anything is written under the new epoch, those who will have to know of it do.
        private void announce() {
            long epoch = process.store().epoch() + 1;
            process.store().heardOf(epoch);
            Event.TakeOutcome outcome = outcome();
            List<Peer> witnesses =
                    reachable.stream().filter(p -> needed.contains(p.process())).toList();
            int[] left = {witnesses.size(), Math.min(SimulatedRecords.WRITE_QUORUM - 1, witnesses.size())};
            if (left[0] == 0) {
                finish(outcome, epoch);
            }
            for (Peer witness : witnesses) {
                ask(
                        witness,
                        (at, call) -> {
                            at.store().heardOf(epoch);
                            call.answer(new Batch(Map.of(), epoch, false, false, List.of()));
                        },
                        answer -> {
                            left[1] -= answer.isPresent() ? 1 : 0;
                            if (--left[0] == 0) {
                                finish(left[1] <= 0 ? outcome : Event.TakeOutcome.FAILED, epoch);
                            }
                        });
            }
        }

        private void end(Event.TakeOutcome outcome) {
            finish(outcome, 0);
        }

        private void finish(Event.TakeOutcome outcome, long epoch) {
            process.deliver(self.id(), new Event.ArcTaken(take.attempt(), outcome, epoch));
        }
    }

    private interface Service {
        void serve(SimulatedProcess at, Call<Batch> call);
    }

    private void ask(Peer source, Service service, Consumer<Optional<Batch>> then) {
        Call.Exchange<Batch> exchange = new Call.Exchange<>() {
            @Override
            public void serve(SimulatedProcess at, Call<Batch> call) {
                service.serve(at, call);
            }

            @Override
            public void answered(Batch answer) {
                then.accept(Optional.of(answer));
            }

            @Override
            public void failed(Event.Failure failure) {
                then.accept(Optional.empty());
            }
        };
        Call.once(process, source.endpoint(), exchange, SimulatedRecords.STORE_TIMEOUT);
    }

    // ---- giving

    private Batch copy(Arc arc) {
        return new Batch(
                records.within(arc),
                process.store().epoch(),
                false,
                false,
                process.store().claims().over(arc));
    }

    /** Freeze, wait for writes in flight, send the rest, let go; in that order. */
    private void give(Peer member, Command.StartGiving giving, Call<Batch> call) {
        Optional<NodeState> state = process.member(member.id());
        if (state.isEmpty()) {
            call.unknownMember();
            return;
        }
        call.watch();
        process.command(member.id(), giving, outcome -> {
            if (!(outcome instanceof Outcome.Giving gift)) {
                call.decline(new Event.Failure("not handed over: " + outcome, false));
                return;
            }
            if (gift.arc().isEmpty()) {
                call.answer(new Batch(
                        records.within(giving.arc()), process.store().epoch(), false, gift.settled(), List.of()));
                return;
            }
            drain(() -> {
                Batch last = new Batch(
                        records.within(giving.arc()), process.store().epoch(), true, gift.settled(), List.of());
                process.command(member.id(), new Command.StopGiving(true), done -> call.answer(last));
            });
        });
    }

    void drain(Runnable then) {
        Set<Object> awaited = new HashSet<>(records.writing());
        if (awaited.isEmpty()) {
            then.run();
        } else {
            drains.add(new Drain(awaited, then));
        }
    }

    void writeEnded() {
        List<Drain> over = new ArrayList<>();
        for (Drain drain : drains) {
            drain.awaited.retainAll(records.writing());
            if (drain.awaited.isEmpty()) {
                over.add(drain);
            }
        }
        drains.removeAll(over);
        over.forEach(d -> d.then.run());
    }
}
