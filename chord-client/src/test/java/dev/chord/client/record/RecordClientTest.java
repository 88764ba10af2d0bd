package dev.chord.client.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.util.concurrent.Futures;
import com.google.common.util.concurrent.ListenableFuture;
import com.google.common.util.concurrent.SettableFuture;
import dev.chord.client.error.ChordException;
import dev.chord.client.error.ErrorCode;
import dev.chord.client.locate.KeyLocator;
import dev.chord.client.wire.Outside;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.Time;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.id.Arc;
import dev.chord.core.id.Identifier;
import dev.chord.core.message.Phase;
import dev.chord.core.message.Reply;
import dev.chord.core.message.Request;
import dev.chord.core.name.Label;
import dev.chord.core.ring.Endpoint;
import dev.chord.core.ring.Peer;
import dev.chord.core.version.Version;
import dev.chord.proto.v1.NameValue;
import dev.chord.proto.v1.NotOwner;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.Record;
import dev.chord.proto.v1.RecordKind;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.WriteRecordReply;
import dev.chord.proto.v1.WriteRecordRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.proto.v1.WriteStamp;
import dev.chord.proto.v1.Written;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/**
 * What a client makes of the answers, and the silence, of owners: told by a script, in a time that passes
 * when it is waited for.
 */
class RecordClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final String NAME = "a";
    private static final Identifier KEY = Label.key(NAME);
    private static final Peer OWNER = peer(1);
    private static final Peer OTHER = peer(2);
    private static final Peer THIRD = peer(3);
    private static final Record RECORD = Record.newBuilder()
            .setKey(WireCodec.out(KEY))
            .setKind(RecordKind.RECORD_KIND_NAME)
            .setLabel(NAME)
            .setValue(NameValue.newBuilder()
                    .setContent(WireCodec.out(Identifier.of(7)))
                    .build()
                    .toByteString())
            .build();
    private static final WriteRecordReply WRITTEN = WriteRecordReply.newBuilder()
            .setWritten(Written.newBuilder().setRecord(RECORD))
            .build();
    private static final WriteRecordReply CONFLICT =
            WriteRecordReply.newBuilder().setConflict(RECORD).build();

    private static Peer peer(int number) {
        Identifier id = Identifier.of(number);
        return new Peer(id, new Endpoint("n" + number, 7450), "z", id, 1);
    }

    private static WriteRecordReply elsewhere(NotOwner.Builder why) {
        return WriteRecordReply.newBuilder().setNotOwner(why).build();
    }

    /** A world that answers by a script; the last line goes on for ever. */
    private static final class Script implements Outside, Time {
        private final Deque<ListenableFuture<?>> answers = new ArrayDeque<>();
        private final List<Endpoint> asked = new ArrayList<>();
        private final List<Object> questions = new ArrayList<>();
        private final Map<Future<?>, Long> deadlines = new HashMap<>();
        private List<Peer> members = List.of(OWNER);
        private long now;
        private long operations = 100;

        Script inRingWith(Peer... others) {
            members = new ArrayList<>(List.of(OWNER));
            members.addAll(List.of(others));
            return this;
        }

        Script says(WriteRecordReply... replies) {
            for (WriteRecordReply reply : replies) {
                answers.add(Futures.immediateFuture(
                        WriteRecordsReply.newBuilder().addAnswers(reply).build()));
            }
            return this;
        }

        Script says(ReadRecordsReply reply) {
            answers.add(Futures.immediateFuture(reply));
            return this;
        }

        Script isSilent() {
            answers.add(SettableFuture.create());
            return this;
        }

        Script fails(Status status) {
            answers.add(Futures.immediateFailedFuture(status.asRuntimeException()));
            return this;
        }

        Script refuses() {
            return fails(Status.UNAVAILABLE.withCause(new ConnectException("Connection refused")));
        }

        @Override
        public Time time() {
            return this;
        }

        @Override
        @SuppressWarnings("unchecked") // as the script has them
        public <Q, A> ListenableFuture<A> call(Endpoint to, MethodDescriptor<Q, A> method, Q request, Duration limit) {
            boolean records = request instanceof WriteRecordsRequest || request instanceof ReadRecordsRequest;
            if (!records) {
                return (ListenableFuture<A>) Futures.immediateFuture(ring(to, (RingRequest) request));
            }
            asked.add(to);
            questions.add(request);
            ListenableFuture<A> answer =
                    (ListenableFuture<A>) (answers.size() > 1 ? answers.remove() : answers.element());
            if (answer.isDone()) {
                return answer;
            }
            ListenableFuture<A> silence = SettableFuture.create();
            deadlines.put(silence, now + limit.toNanos());
            return silence;
        }

        @Override
        public long operation() {
            return ++operations;
        }

        @Override
        public long nanos() {
            return now;
        }

        @Override
        public void pause(long nanos) {
            now += nanos;
        }

        @Override
        public <T> T get(Future<T> future, long nanos)
                throws ExecutionException, TimeoutException, InterruptedException {
            Optional<Long> deadline = Optional.ofNullable(deadlines.get(future));
            if (deadline.isPresent() && deadline.get() - now <= nanos) {
                now = Math.max(now, deadline.get());
                throw new ExecutionException(Status.DEADLINE_EXCEEDED.asRuntimeException());
            }
            if (!future.isDone()) {
                now += nanos;
            }
            return future.get(0, TimeUnit.NANOSECONDS);
        }

        @Override
        public <T> Inbox<T> inbox() {
            Deque<T> queue = new ArrayDeque<>();
            return new Inbox<>() {
                @Override
                public void add(T what) {
                    queue.add(what);
                }

                @Override
                public Optional<T> poll(long nanos) {
                    now += queue.isEmpty() ? Math.max(0, nanos) : 0;
                    return Optional.ofNullable(queue.poll());
                }
            };
        }

        // The ring as each of its members sees it.
        private RingReply ring(Endpoint asked, RingRequest request) {
            List<Peer> row = new ArrayList<>(members);
            while (!row.get(0).endpoint().equals(asked)) {
                Collections.rotate(row, 1);
            }
            Peer self = row.get(0);
            Peer before = row.get(row.size() - 1);
            Reply.Neighborhood at = new Reply.Neighborhood(
                    self,
                    Phase.MEMBER,
                    Optional.of(before),
                    row.subList(1, row.size()),
                    true,
                    true,
                    Optional.of(new Arc(before.id(), self.id())),
                    0);
            boolean step = RingCodec.in(request) instanceof Request.FindStep;
            return RingCodec.out(step ? new Reply.Step(at, List.of()) : at);
        }

        List<WriteRecordRequest> writes() {
            return questions.stream()
                    .map(question -> ((WriteRecordsRequest) question).getWrites(0))
                    .toList();
        }
    }

    private static Duration took(Script script, Runnable read) {
        long before = script.now;
        assertThat(catchThrowableOfType(ChordException.class, read::run).code()).isEqualTo(ErrorCode.DEADLINE);
        return Duration.ofNanos(script.now - before);
    }

    private static RecordClient client(Script script) {
        return new RecordClient(script, new KeyLocator(script, List.of(OWNER.endpoint())), 3, 2);
    }

    private static Written write(Script script) {
        return client(script).write(RECORD, Optional.of(Version.NONE), LIMIT);
    }

    private static ErrorCode failure(Script script) {
        return catchThrowableOfType(ChordException.class, () -> write(script)).code();
    }

    @Test
    void aConflictIsTold() {
        assertThat(failure(new Script().says(CONFLICT))).isEqualTo(ErrorCode.CONFLICT);
    }

    @Test
    void aConflictAfterATryThatMayHaveActedIsUnknown() {
        assertThat(failure(new Script().isSilent().says(CONFLICT)))
                .as("it may be this write itself that is in the way")
                .isEqualTo(ErrorCode.DEADLINE);
        assertThat(failure(new Script().fails(Status.UNAVAILABLE).says(CONFLICT)))
                .as("a connection that broke may have brought it there")
                .isEqualTo(ErrorCode.DEADLINE);
    }

    @Test
    void aConflictAfterATryThatNobodyHeardIsTold() {
        assertThat(failure(new Script().refuses().says(CONFLICT))).isEqualTo(ErrorCode.CONFLICT);
    }

    @Test
    void aWriteIsAskedForAgainUnderTheSameNumber() {
        Script script = new Script().isSilent().refuses().says(elsewhere(NotOwner.newBuilder()), WRITTEN);
        assertThat(write(script).getRecord()).isEqualTo(RECORD);
        Set<Long> numbers = new HashSet<>();
        script.writes().forEach(write -> numbers.add(write.getOperation()));
        assertThat(script.writes()).hasSize(4);
        assertThat(numbers).as("it takes effect once").hasSize(1);
    }

    @Test
    void aHintIsFollowedOnceAndOnlyOnce() {
        NotOwner.Builder hint = NotOwner.newBuilder().setHint(WireCodec.out(OTHER));
        Script script = new Script().says(elsewhere(hint), elsewhere(hint), WRITTEN);
        write(script);
        assertThat(script.asked).containsExactly(OWNER.endpoint(), OTHER.endpoint(), OWNER.endpoint());
    }

    @Test
    void aStaleStampIsReplacedAtOnce() {
        WriteStamp stamp = WriteStamp.newBuilder().setIncarnation(3).setCount(4).build();
        Script script =
                new Script().says(WriteRecordReply.newBuilder().setStale(stamp).build(), WRITTEN);
        write(script);
        assertThat(script.writes().get(1).getStamp()).isEqualTo(stamp);
        assertThat(script.now).as("no time passed").isZero();
    }

    @Test
    void whatIsRefusedInVainIsSaidSoOnlyIfNothingMayHaveHappened() {
        WriteRecordReply inVain =
                elsewhere(NotOwner.newBuilder().setRefused(true).setInVain(true));
        assertThat(failure(new Script().says(inVain))).isEqualTo(ErrorCode.UNREACHABLE);
        assertThat(failure(new Script().isSilent().says(inVain))).isEqualTo(ErrorCode.DEADLINE);
    }

    @Test
    void anAnswerOfOneThatDoesNotSpeakForTheKeyIsNotBelieved() {
        ReadRecordsReply.Builder reply = ReadRecordsReply.newBuilder().setAgreement(true);
        Record other = RECORD.toBuilder().setLeaseMillis(1).build();
        Script script = new Script()
                .says(reply.addRecords(other).build())
                .says(ReadRecordsReply.newBuilder()
                        .setAuthoritative(true)
                        .addRecords(RECORD)
                        .build());
        assertThat(client(script).read(KEY, RecordKind.RECORD_KIND_NAME, LIMIT)).containsExactly(RECORD);
    }

    @Test
    void whatIsAskedOfOtherHoldersEndsInTimeToo() {
        for (int millis : new int[] {300, 1000, 1700, 4000}) {
            Script script = new Script().inRingWith(OTHER, THIRD).isSilent();
            RecordClient client = client(script);
            Duration limit = Duration.ofMillis(millis);
            assertThat(took(script, () -> client.read(KEY, RecordKind.RECORD_KIND_NAME, limit)))
                    .isBetween(limit.minusMillis(1), limit.plusMillis(1));
            assertThat(script.asked).contains(OWNER.endpoint());
        }
    }
}
