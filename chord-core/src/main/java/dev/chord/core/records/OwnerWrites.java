package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.RecordDisk.Shelf;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Writes records of the arcs that a process owns: one write at a time per key, numbered, stored here and on
 * the next processes, acknowledged once a write quorum of them is durable. Belongs to one engine.
 */
final class OwnerWrites {
    private static final int REMEMBERED = 1 << 14;

    private final RecordEngine engine;
    private final WriteWindow window;
    // By member: the highest number that it gave to a write that is not here and may be elsewhere. To give it
    // again would make it stand for two records, of which each holder keeps the one that it heard of first.
    private final Map<Identifier, Version> elsewhere = new HashMap<>();

    /** @param life drawn at random, another one each time the process starts */
    OwnerWrites(RecordEngine engine, long life) {
        this.engine = engine;
        this.window = new WriteWindow(life, REMEMBERED);
    }

    /**
     * Carries writes out in this order, with as few waits for the disk and the other holders as there are
     * writes of one key.
     */
    void write(List<Write> writes, Consumer<List<Write.Answer>> then) {
        Set<Identifier> keys = new LinkedHashSet<>();
        writes.forEach(write -> keys.add(write.record().key()));
        long asked = engine.host().now();
        if (engine.queue().isFull(keys)) {
            then.accept(tooMany(writes));
            return;
        }
        engine.tenures()
                .settled(
                        keys,
                        () -> engine.queue().enter(keys, turn -> {
                            if (engine.host().now() - asked > engine.limits().turn()) {
                                turn.end();
                                then.accept(tooMany(writes));
                                return;
                            }
                            long token = engine.beginWriting();
                            new Bunch(writes, answers -> {
                                        turn.end();
                                        engine.endWriting(token);
                                        then.accept(answers);
                                    })
                                    .round();
                        }));
    }

    // A write that has waited for long is asked for again by now, or given up. If it were carried out, those
    // that somebody still waits for would wait behind it.
    private static List<Write.Answer> tooMany(List<Write> writes) {
        Write.Answer answer = new Write.Refused("too many writes wait for the key");
        return Collections.nCopies(writes.size(), answer);
    }

    /**
     * Who writes, in which tenure, or else since when it is the owner: what is written together has the
     * same holders.
     */
    private record Speaker(Peer self, long tenure) {}

    /** Writes that came together. */
    private final class Bunch {
        private final List<Write> writes;
        private final Consumer<List<Write.Answer>> then;
        private final Write.Answer[] answers;

        Bunch(List<Write> writes, Consumer<List<Write.Answer>> then) {
            this.writes = writes;
            this.then = then;
            this.answers = new Write.Answer[writes.size()];
        }

        // One write a key, for the version of the next depends on it.
        void round() {
            Set<Identifier> taken = new HashSet<>();
            List<Integer> places = new ArrayList<>();
            for (int i = 0; i < writes.size(); i++) {
                if (answers[i] == null && taken.add(writes.get(i).record().key())) {
                    places.add(i);
                }
            }
            if (places.isEmpty()) {
                then.accept(Arrays.asList(answers));
                return;
            }
            int[] left = {places.size()};
            places.forEach(place -> speak(place, () -> {
                if (--left[0] == 0) {
                    inGroups(places);
                }
            }));
        }

        private Optional<NodeState> owner(Identifier key) {
            return engine.owner(key).filter(s -> s.ownership().accepts(key));
        }

        private void speak(int place, Runnable next) {
            Identifier key = writes.get(place).record().key();
            Optional<NodeState> owner = owner(key);
            if (owner.isEmpty()) {
                elsewhere(place);
                next.run();
                return;
            }
            engine.tenures().maySpeak(owner.get(), key, may -> {
                if (!may) {
                    elsewhere(place);
                }
                next.run();
            });
        }

        private void elsewhere(int place) {
            Identifier key = writes.get(place).record().key();
            answers[place] = new Write.Elsewhere(engine.notOwner(key));
        }

        private void inGroups(List<Integer> places) {
            Map<Speaker, NodeState> owners = new LinkedHashMap<>();
            Map<Speaker, List<Integer>> groups = new LinkedHashMap<>();
            for (int place : places) {
                Identifier key = writes.get(place).record().key();
                Optional<NodeState> owner = owner(key);
                if (answers[place] == null && owner.isEmpty()) {
                    elsewhere(place);
                }
                if (answers[place] == null) {
                    Speaker speaker = new Speaker(owner.get().self(), tenure(owner.get(), key));
                    owners.putIfAbsent(speaker, owner.get());
                    groups.computeIfAbsent(speaker, s -> new ArrayList<>()).add(place);
                }
            }
            int[] left = {groups.size()};
            if (groups.isEmpty()) {
                round();
            }
            groups.forEach((speaker, group) ->
                    writeAs(Objects.requireNonNull(owners.get(speaker)), speaker.tenure(), group, () -> {
                        if (--left[0] == 0) {
                            round();
                        }
                    }));
        }

        private void all(List<Integer> places, Write.Answer answer) {
            places.stream().filter(place -> answers[place] == null).forEach(place -> answers[place] = answer);
        }

        // Each under another key. What a write expects is confirmed first: it must not depend on what may
        // be gone.
        private void writeAs(NodeState owner, long tenure, List<Integer> places, Runnable next) {
            List<Record.Place> expecting = places.stream()
                    .map(writes::get)
                    .filter(write -> write.expected().isPresent())
                    .map(write -> write.record().place())
                    .toList();
            engine.confirm(owner, expecting, found -> {
                if (found.isEmpty()) {
                    all(places, new Write.Refused("what is there could not be confirmed"));
                    next.run();
                    return;
                }
                List<Record.Place> all = places.stream()
                        .map(place -> writes.get(place).record().place())
                        .toList();
                engine.host().disk().read(all, shelves -> {
                    if (shelves.isEmpty()) {
                        all(places, new Write.Refused("this node's disk cannot be read"));
                        next.run();
                    } else {
                        spread(owner, places, prepare(owner, tenure, places, shelves.get()), next);
                    }
                });
            });
        }

        private List<Prepared> prepare(NodeState owner, long tenure, List<Integer> places, List<Shelf> shelves) {
            List<Prepared> prepared = new ArrayList<>();
            for (int i = 0; i < places.size(); i++) {
                prepared.add(OwnerWrites.this.prepare(owner, tenure, writes.get(places.get(i)), shelves.get(i)));
            }
            return prepared;
        }

        private void spread(NodeState owner, List<Integer> places, List<Prepared> prepared, Runnable next) {
            List<Prepared> spread =
                    prepared.stream().filter(one -> one.answer().isEmpty()).toList();
            spread.forEach(one -> engine.host().numbered(one.record()));
            engine.spreading()
                    .spread(owner, spread.stream().map(Prepared::record).toList(), copies -> {
                        spread.forEach(one -> done(owner, one, copies));
                        for (int i = 0; i < places.size(); i++) {
                            Prepared one = prepared.get(i);
                            answers[places.get(i)] = one.answer().orElseGet(() -> answer(one, copies));
                        }
                        next.run();
                    });
        }
    }

    private long tenure(NodeState owner, Identifier key) {
        return engine.tenures()
                .served(owner, key)
                .map(Tenure::epoch)
                .orElse(owner.ownership().epoch());
    }

    private void done(NodeState owner, Prepared one, Spreading.Copies copies) {
        // Whatever came of it: asked again, it is not known any more what the name stood for.
        if (!copies.nowhere()) {
            one.replaces().ifPresent(before -> engine.host().replaced(before, one.record()));
        }
        if (!copies.nowhere() && !copies.holders().contains(owner.self())) {
            elsewhere.merge(owner.self().id(), one.record().version(), OwnerWrites::newer);
        }
        if (copies.enough()) {
            if (one.whole()) {
                engine.quorums().note(owner.ownership().epoch(), one.record().place());
            }
            if (one.operation() != 0) {
                window.carriedOut(one.operation());
            }
        }
    }

    private static Version newer(Version one, Version other) {
        return one.newerThan(other) ? one : other;
    }

    private static Write.Answer answer(Prepared one, Spreading.Copies copies) {
        return copies.enough() ? new Write.Written(one.record(), copies.holders(), copies.wanted()) : copies.failure();
    }

    /**
     * What a write comes to before anybody else is told: an answer that writes nothing, or a record to
     * be spread.
     *
     * @param whole whether all other records of its place are known to be on a quorum
     * @param operation the write's number; 0: it has none
     */
    private record Prepared(
            Optional<Write.Answer> answer, Record record, Optional<Record> replaces, boolean whole, long operation) {
        static Prepared answered(Write write, Write.Answer answer) {
            return new Prepared(Optional.of(answer), write.record(), Optional.empty(), false, 0);
        }

        // To be brought to enough holders once more: that it is known here does not say that they have it.
        static Prepared known(Record record, long operation) {
            return new Prepared(Optional.empty(), record, Optional.empty(), false, operation);
        }
    }

    private Prepared prepare(NodeState owner, long tenure, Write write, Shelf shelf) {
        Record offered = write.record();
        Optional<Record> last = shelf.live().stream()
                .filter(r -> r.label().equals(offered.label()))
                .findFirst();
        Optional<Record> live = last.filter(r -> !r.deleted());
        Optional<Prepared> before = write.operation() == 0 ? Optional.empty() : before(write, tenure, last);
        if (before.isPresent()) {
            return before.get();
        }
        Version seen = live.map(Record::version).orElse(Version.NONE);
        if (write.expected().filter(v -> !v.equals(seen)).isPresent()) {
            return Prepared.answered(write, new Write.Conflict(live));
        }
        Version here = Objects.requireNonNullElse(shelf.versions().get(offered.label()), Version.NONE);
        Version given = elsewhere.getOrDefault(owner.self().id(), Version.NONE);
        List<Long> operations = write.operation() == 0
                ? List.of()
                : WriteWindow.after(
                        write.operation(), last.map(Record::operations).orElse(List.of()));
        Record record = new Record(
                offered.key(),
                offered.kind(),
                offered.label(),
                newer(here, given).next(owner.ownership().epoch(), owner.self().id()),
                offered.deleted(),
                offered.value(),
                offered.deleted() ? engine.limits().tombstone() : offered.leaseMillis(),
                operations);
        boolean whole =
                shelf.live().isEmpty() || engine.quorums().has(owner.ownership().epoch(), offered.place());
        engine.quorums().forget(offered.place()); // until enough holders have it nobody may see it
        return new Prepared(Optional.empty(), record, live, whole, write.operation());
    }

    // What is to be said of a write that may not be carried out, by this question or again.
    private Optional<Prepared> before(Write write, long tenure, Optional<Record> last) {
        long operation = write.operation();
        WriteWindow.Word word = window.ask(operation, write.stamp(), tenure);
        if (last.filter(r -> r.operations().contains(operation)).isPresent()) {
            return last.map(record -> Prepared.known(record, operation)); // its answer was lost on the way
        }
        return switch (word) {
            case FREE -> Optional.empty();
            case STALE -> Optional.of(Prepared.answered(write, new Write.Stale(window.stamp())));
            case DONE ->
                last.map(record -> Prepared.known(record, operation))
                        .or(() ->
                                Optional.of(Prepared.answered(write, new Write.Written(write.record(), List.of(), 0))));
        };
    }
}
