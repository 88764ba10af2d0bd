package dev.chord.sim.client;

import dev.chord.client.wire.RecordCodec;
import dev.chord.client.wire.RecordReplies;
import dev.chord.client.wire.RingCodec;
import dev.chord.client.wire.WireCodec;
import dev.chord.core.protocol.Event;
import dev.chord.core.records.Record;
import dev.chord.core.records.Write;
import dev.chord.proto.v1.ReadRecordsReply;
import dev.chord.proto.v1.ReadRecordsRequest;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.WriteRecordsReply;
import dev.chord.proto.v1.WriteRecordsRequest;
import dev.chord.sim.Call;
import dev.chord.sim.SimulatedProcess;
import io.grpc.MethodDescriptor;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A simulated process answers messages of the wire, as a node's services do: by the same codec, out of the
 * same engine. What a node looks at before, so that nobody can harm it by what he sends, is left out:
 * simulated clients send nothing odd.
 */
final class SimulatedServices {
    private SimulatedServices() {}

    /** Answers a call at a process, now or later. */
    @SuppressWarnings("unchecked") // a method's answers are of one type
    static <Q, A> void serve(SimulatedProcess at, MethodDescriptor<Q, A> method, Q request, Call<A> call) {
        if (request instanceof RingRequest ring) {
            at.receive(
                    RingCodec.target(ring),
                    RingCodec.from(ring),
                    RingCodec.in(ring),
                    reply -> call.answer((A) RingCodec.out(reply)),
                    call::unknownMember);
        } else if (request instanceof WriteRecordsRequest writes) {
            write(at, writes, (Call<WriteRecordsReply>) call);
        } else if (request instanceof ReadRecordsRequest read) {
            read(at, read, (Call<ReadRecordsReply>) call);
        } else {
            call.decline(new Event.Failure(method.getFullMethodName() + " is not simulated", false));
        }
    }

    private static void write(SimulatedProcess at, WriteRecordsRequest request, Call<WriteRecordsReply> call) {
        List<Write> writes =
                request.getWritesList().stream().map(RecordCodec::in).toList();
        at.records()
                .write(
                        writes,
                        answers -> call.answer(WriteRecordsReply.newBuilder()
                                .addAllAnswers(IntStream.range(0, writes.size())
                                        .mapToObj(i -> RecordReplies.of(request.getWrites(i), answers.get(i)))
                                        .toList())
                                .build()));
    }

    private static void read(SimulatedProcess at, ReadRecordsRequest request, Call<ReadRecordsReply> call) {
        Record.Place place = RecordCodec.place(WireCodec.in(request.getKey()), request.getKind());
        boolean agreement = at.ring().settings().quorum();
        at.records().read(place, read -> {
            ReadRecordsReply.Builder reply = RecordReplies.of(read, agreement)
                    .addAllRecords(RecordCodec.out(read.records().orElse(List.of())));
            if (read.records().isPresent() || !request.getAnyCopy()) {
                call.answer(reply.build());
                return;
            }
            at.store().read(place, at::run, copies -> {
                if (copies.isPresent()) {
                    call.answer(
                            reply.addAllRecords(RecordCodec.out(copies.get())).build());
                } else {
                    call.decline(new Event.Failure("the disk cannot be read", false));
                }
            });
        });
    }
}
