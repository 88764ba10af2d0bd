package dev.chord.node.rpc;

import dev.chord.client.rpc.MalformedMessageException;
import dev.chord.client.rpc.WireCodec;
import dev.chord.node.loop.NodeLoop;
import dev.chord.proto.v1.RingReply;
import dev.chord.proto.v1.RingRequest;
import dev.chord.proto.v1.RingServiceGrpc;
import io.grpc.stub.StreamObserver;

/** Ring messages in: checked, offered to the loop, answered from its thread. Never blocks. */
public final class RingServiceImpl extends RingServiceGrpc.RingServiceImplBase {
    private final NodeLoop loop;

    public RingServiceImpl(NodeLoop loop) {
        this.loop = loop;
    }

    @Override
    public void exchange(RingRequest request, StreamObserver<RingReply> out) {
        try {
            loop.receive(WireCodec.target(request), WireCodec.from(request), WireCodec.in(request))
                    .whenComplete((reply, failure) -> {
                        if (failure != null) {
                            out.onError(Answers.status(failure));
                        } else {
                            out.onNext(WireCodec.out(reply));
                            out.onCompleted();
                        }
                    });
        } catch (MalformedMessageException e) {
            out.onError(Answers.status(e));
        }
    }
}
