package dev.chord.client;

import dev.chord.client.wire.MalformedMessageException;
import dev.chord.client.wire.RecordChecks;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.protocol.Sweep;
import dev.chord.core.ring.Peer;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordServiceGrpc;
import dev.chord.proto.v1.WatchNamesReply;
import dev.chord.proto.v1.WatchNamesRequest;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * A stream of names from every member of the ring that is heard of. Touched by one thread alone; what the
 * network brings is handed to it as a task, and no more is asked for before that has run.
 */
final class NameStreams {
    // Then a stream is begun again where it left off: every call has a deadline.
    private static final Duration LIFE = Duration.ofHours(1);
    private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(4); // members speak every second
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int TRIES = 3; // before a member that nobody needs is forgotten

    private final Ring.Parts parts;
    private final String prefix;
    private final Consumer<Runnable> inbox;
    private final Consumer<Record> told;
    private final Map<Identifier, Stream> streams = new TreeMap<>();

    NameStreams(Ring.Parts parts, String prefix, Consumer<Runnable> inbox, Consumer<Record> told) {
        this.parts = parts;
        this.prefix = prefix;
        this.inbox = inbox;
        this.told = told;
    }

    boolean none() {
        return streams.isEmpty();
    }

    /** Opens streams to those that have none. */
    void heardOf(Collection<Peer> peers) {
        for (Peer peer : peers) {
            Stream before = streams.get(peer.id());
            if (before == null ? hasRoom(peer) : peer.supersedes(before.peer)) {
                if (before != null) {
                    before.end();
                }
                Stream stream = new Stream(peer);
                streams.put(peer.id(), stream);
                stream.open();
            }
        }
    }

    // A process has only so many members, whatever it says.
    private boolean hasRoom(Peer peer) {
        return streams.size() < Sweep.MOST
                && streams.values().stream()
                                .filter(s -> s.peer.endpoint().equals(peer.endpoint()))
                                .count()
                        < Sweep.AT_ONE_ADDRESS;
    }

    /** Begins again what has ended, gives up what is silent, forgets whom nobody needs. */
    void look() {
        long now = System.nanoTime();
        boolean complete = coverage().complete();
        for (Stream stream : List.copyOf(streams.values())) {
            if (stream.call.isPresent()) {
                if (now - stream.lastHeard > SILENCE_NANOS) {
                    stream.end();
                    stream.broken();
                }
            } else if (stream.failures >= TRIES && complete) {
                streams.remove(stream.peer.id());
            } else if (now - stream.notBefore >= 0) {
                stream.open();
            }
        }
    }

    /** How much of the ring is being watched, with everything told up to now. */
    Coverage coverage() {
        List<Arc> arcs = new ArrayList<>();
        streams.values().stream().filter(s -> s.current).forEach(s -> s.arc.ifPresent(arcs::add));
        return Coverage.of(arcs, List.of(), new Coverage.Effort(arcs.size(), 0));
    }

    void close() {
        streams.values().forEach(Stream::end);
        streams.clear();
    }

    /** The stream from one member. */
    private final class Stream {
        private final Peer peer;
        private Optional<ClientCallStreamObserver<WatchNamesRequest>> call = Optional.empty();
        private Optional<Arc> arc = Optional.empty();
        private WatchNamesReply last = WatchNamesReply.getDefaultInstance();
        private boolean current;
        private int failures;
        private long lastHeard;
        private long notBefore;
        private long attempt;

        Stream(Peer peer) {
            this.peer = peer;
        }

        void open() {
            lastHeard = System.nanoTime();
            long mine = ++attempt;
            WatchNamesRequest.Builder request = WatchNamesRequest.newBuilder()
                    .setPrefix(prefix)
                    .setTarget(WireCodec.out(peer.id()))
                    .setSince(last.getPosition())
                    .setLife(last.getLife());
            arc.ifPresent(a -> request.setArc(WireCodec.out(a)));
            current = false;
            parts.channels()
                    .stub(RecordServiceGrpc::newStub, peer.endpoint(), LIFE)
                    .watchNames(request.build(), new ClientResponseObserver<WatchNamesRequest, WatchNamesReply>() {
                        @Override
                        public void beforeStart(ClientCallStreamObserver<WatchNamesRequest> out) {
                            out.disableAutoRequestWithInitial(1);
                            call = Optional.of(out);
                        }

                        @Override
                        public void onNext(WatchNamesReply reply) {
                            inbox.accept(() -> {
                                if (mine == attempt) {
                                    heard(reply);
                                    call.ifPresent(c -> c.request(1));
                                }
                            });
                        }

                        @Override
                        public void onError(Throwable failure) {
                            inbox.accept(() -> {
                                if (mine == attempt) {
                                    call = Optional.empty();
                                    broken();
                                }
                            });
                        }

                        @Override
                        public void onCompleted() {
                            inbox.accept(() -> {
                                if (mine == attempt) {
                                    call = Optional.empty();
                                    current = false;
                                    notBefore = System.nanoTime() + FIRST_PAUSE_NANOS; // its arc has changed
                                }
                            });
                        }
                    });
        }

        private void heard(WatchNamesReply reply) {
            try {
                take(reply);
            } catch (MalformedMessageException e) {
                end();
                broken(); // one that says what no node says is no reason to hear the others no more
            }
        }

        private void take(WatchNamesReply reply) {
            lastHeard = System.nanoTime();
            failures = 0;
            if (reply.getKnownCount() > 0 || reply.hasArc()) {
                arc = reply.hasArc() ? Optional.of(WireCodec.in(reply.getArc())) : Optional.empty();
                heardOf(reply.getKnownList().stream().map(WireCodec::in).toList());
            }
            reply.getRecordsList().stream()
                    .filter(RecordChecks::isWhole)
                    .filter(this::isOfItsArc)
                    .forEach(told);
            last = reply;
            current |= reply.getCurrent();
        }

        // What it does not answer for somebody else tells.
        private boolean isOfItsArc(Record record) {
            return arc.filter(a -> a.contains(WireCodec.in(record.getKey()))).isPresent();
        }

        void broken() {
            current = false;
            failures++;
            long pause = FIRST_PAUSE_NANOS << Math.min(failures, 10);
            notBefore = System.nanoTime() + Math.min(pause, LONGEST_PAUSE_NANOS);
            parts.locator().avoid(peer);
        }

        void end() {
            attempt++; // what still comes of it is not meant
            call.ifPresent(c -> c.cancel("no longer watched", null));
            call = Optional.empty();
            current = false;
        }
    }
}
