package dev.chord.core.records;

import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.NodeState;
import dev.chord.core.records.Write.NotOwner;
import dev.chord.core.ring.Peer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Says what is under the keys that a process owns, once a quorum has it and no other can have written since.
 * Belongs to one engine.
 */
final class OwnerReads {
    private final RecordEngine engine;

    OwnerReads(RecordEngine engine) {
        this.engine = engine;
    }

    void read(Record.Place place, Consumer<Write.Read> then) {
        List<Identifier> keys = List.of(place.key());
        if (engine.queue().isFull(keys)) {
            then.accept(new Write.Read(Optional.empty(), Optional.of(notOwner(place.key()))));
            return;
        }
        engine.tenures()
                .settled(
                        keys,
                        () -> engine.queue()
                                .enter(
                                        keys,
                                        turn -> new Reading(place, read -> {
                                                    turn.end();
                                                    then.accept(read);
                                                })
                                                .start()));
    }

    /** One read, while nobody writes under its key. */
    private final class Reading {
        private final Record.Place place;
        private final Consumer<Write.Read> then;

        Reading(Record.Place place, Consumer<Write.Read> then) {
            this.place = place;
            this.then = then;
        }

        // It asks whether it may speak before, so that nothing is sent to holders that do not answer; and
        // after, when it counts.
        void start() {
            Optional<NodeState> owner = engine.owner(place.key());
            if (owner.isEmpty()) {
                elsewhere();
                return;
            }
            engine.tenures().maySpeak(owner.get(), place.key(), may -> {
                if (may) {
                    confirmed(owner.get());
                } else {
                    elsewhere();
                }
            });
        }

        private void confirmed(NodeState owner) {
            engine.confirm(owner, List.of(place), found -> {
                if (found.isEmpty()) {
                    elsewhere();
                    return;
                }
                engine.tenures().maySpeak(owner, place.key(), may -> {
                    // The arc may have gone meanwhile: then somebody else may have written since.
                    if (may && engine.owner(place.key()).isPresent()) {
                        then.accept(
                                new Write.Read(Optional.of(found.get().get(0).live()), Optional.empty()));
                    } else {
                        elsewhere();
                    }
                });
            });
        }

        private void elsewhere() {
            then.accept(new Write.Read(Optional.empty(), Optional.of(notOwner(place.key()))));
        }
    }

    /** Why this process does not speak for a key, and who to ask instead. */
    NotOwner notOwner(Identifier key) {
        List<NodeState> members = engine.host().members();
        Optional<NodeState> responsible = members.stream()
                .filter(s -> s.responsibility().map(a -> a.contains(key)).orElse(false))
                .findFirst();
        // One that is taking it over: until then its owner is one of those behind.
        List<Peer> hints = new ArrayList<>();
        responsible.ifPresentOrElse(
                s -> s.view().successors().head().ifPresent(hints::add),
                () -> members.stream()
                        .flatMap(s -> s.view().predecessor().stream())
                        .forEach(hints::add));
        Optional<List<Peer>> missing = engine.settings().agreement()
                ? responsible.flatMap(s -> engine.tenures().waitedFor(s, key))
                : Optional.empty();
        boolean refused = engine.settings().agreement() && (engine.owner(key).isPresent() || missing.isPresent());
        return new NotOwner(hints.stream().findFirst(), refused, missing);
    }
}
