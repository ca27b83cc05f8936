"""Numbers that were published for networks of the zoo, other than torchvision's and the frameworks' own counts.

A row: a SPEC, its parameters and multiply-adds as published, and where. Texts are rounded numbers ("5.2M": within half
a unit of the last digit; "~0.5M": cut off there, not rounded; "Gi" are 2^30); None is a number that the source does not
give.
"""

from __future__ import annotations

CAFFE = "counted with hooks on a module of the Caffe model"
HRNET = "the authors' repository of HRNet for image classification; its GFLOPs are multiply-adds by 2^30"
HRANK = "parameters: He et al. 2015, table 6; multiply-adds: Lin et al. 2020, HRank, tables 2 and 3"
REPVGG = "Ding et al. 2021, tables 3 and 4, deployed; the paper cuts off: 8.309 M is 8.30"

PAPERS: list[tuple[str, int | str | None, int | str | None, str]] = [
    # 104 + 8 + 512 + 24 + 1,930 (h1, h2, h3 with 20 of 48 windows, h4, output); 57,600 + 32,000 + 1,920
    ("lenet1", 2578, 91520, "LeCun et al. 1989: 2,578 free parameters; the products by hand"),
    # 156 + 2,416 + 48,120 + 10,164 + 850; 117,600 + 240,000 + 48,000 + 10,080 + 840
    ("lenet5", 61706, 416520, "by hand from LeCun et al. 1998, with full connections"),
    # 60 of 96 windows in C3: 117,600 + 60·25·100 + 48,000 + 10,080 + 840
    ("lenet5_1998", 60850, 326520, "LeCun et al. 1998: 60,000 trained parameters, and 850 of the outputs, fixed there"),
    ("alexnet", 60965224, 724406816, CAFFE),
    ("ungrouped", 62378344, 1135256096, "the same with one group, by hand: conv2, conv4 and conv5 count twice"),
    # conv2 on 55×55: 3,025·614,400; conv3 on 27×27: 729·884,736; conv4 and conv5 on 13×13; fc 9216, 4096, 4096, 1000
    ("alexnet_notes", 62378344, 105415200 + 3025 * 614400 + 729 * 884736 + 169 * (1327104 + 884736)
     + 4096 * (9216 + 4096 + 1000), "by hand from the lecture's sizes"),
    ("vgg16", 138357544, 15470264320, "counted with hooks on torchvision's module"),
    ("resnet18", 11689512, 1814073344, "counted with hooks on torchvision's module"),
    ("resnet50", 25557032, 4089184256, "counted with hooks on torchvision's module"),
    ("resnet101", 44549160, 7801405440, "counted with hooks on torchvision's module"),
    ("resnet152", 60192808, 11513626624, "counted with hooks on torchvision's module"),
    ("resnet50_caffe", 25557096, 3857973248, CAFFE),
    ("resnet20", "0.27M", None, "He et al. 2015, table 6"),
    ("resnet32", "0.46M", None, "He et al. 2015, table 6"),
    ("resnet44", "0.66M", None, "He et al. 2015, table 6"),
    ("resnet56", "0.85M", "125.49M", HRANK),
    ("resnet110", "1.7M", "252.89M", HRANK),
    ("googlenet_caffe", 6998552, 1582671872, CAFFE),
    ("densenet121", 7978856, 2834161664, "counted with hooks on torchvision's module"),
    ("mobilenet_v1", "4.2M", "569M", "Howard et al. 2017, table 6"),
    ("mobilenet_v1_075", "2.6M", "325M", "Howard et al. 2017, table 6"),
    ("mobilenet_v1_050", "1.3M", "149M", "Howard et al. 2017, table 6"),
    ("mobilenet_v1_025", "0.5M", "41M", "Howard et al. 2017, table 6"),
    ("mobilenet_v2_035", 1677128, 59285808, "counted with hooks on the module"),
    ("mobilenet_v2_050", 1968680, 97131840, "counted with hooks on the module"),
    ("mobilenet_v2_075", 2636424, 209069792, "counted with hooks on the module"),
    ("mobilenet_v2_140", 6108776, 582195824, "counted with hooks on the module"),
    ("ghostnet_050", "2.6M", "42M", "Han et al. 2019, results on ImageNet"),
    ("ghostnet_100", "5.2M", "141M", "Han et al. 2019, results on ImageNet"),
    # The paper has 226 M multiply-adds; the authors' code, as in timm, 227.003 M. With widths cut to whole numbers,
    # not rounded to multiples of 4, they would be 226.97 M, which the paper, cutting off as here, would call 226.
    ("ghostnet_130", "~7.3M", None, "Han et al. 2019, results on ImageNet; 7.36 M cut off"),
    ("mobilevit_xxs", "1.3M", None, "Mehta and Rastegari 2021, results on ImageNet"),
    ("mobilevit_xs", "2.3M", None, "Mehta and Rastegari 2021, results on ImageNet"),
    ("mobilevit_s", "5.6M", None, "Mehta and Rastegari 2021, results on ImageNet"),
    ("hrnet_w18", "21.3M", "3.99Gi", HRNET),
    ("hrnet_w30", "37.7M", "7.55Gi", HRNET),
    ("hrnet_w32", "41.2M", "8.31Gi", HRNET),
    ("hrnet_w40", "57.6M", "11.8Gi", HRNET),
    ("hrnet_w44", "67.1M", "13.9Gi", HRNET),
    ("hrnet_w48", "77.5M", "16.1Gi", HRNET),
    ("hrnet_w64", "128.1M", "26.9Gi", HRNET),
    ("repvgg_a0_deploy", "~8.30M", "1.4G", REPVGG),
    ("repvgg_b0_deploy", "~14.33M", "3.1G", REPVGG),
    # Darknet counts two operations per multiply-add: 5.58 and 18.57 billion.
    ("darknet19", None, "2.79G", "Redmon and Farhadi 2016, section 3: 5.58 billion operations"),
    ("darknet53", None, "9.285G", "the authors' page of ImageNet models: 18.57 billion operations"),
    ("yolov3", 61949149, 65864075264 // 2, "65.864 BFLOPs, as darknet prints them for yolov3.cfg at 416×416"),
    ("fcn8s", "134M", None, "Long et al. 2014, table 1"),
    ("segnet", 29449355, 106712432640, CAFFE + ", 11 classes, 360×480: pooling rounds up"),
    ("deconvnet", 251805653, None, "the sum of Noh et al. 2015, table 4; biases beside the normalisation"),
    ("deconvnet_plain", 251772245, None, "the sum of Noh et al. 2015, table 4, without batch normalisation"),
    # 31,023,680 weights of 3×3 and 2×2, 6,848 biases, and 130 of the last 1×1
    ("unet", 31030658, None, "Ronneberger et al. 2015: the sum of figure 1"),
    ("padded", 31030658, None, "padding has no weights"),
    ("unet3d", 19069955, None, "Çiçek et al. 2016, section 2"),
    ("unetpp", "9.04M", None, "Zhou et al. 2018, comparison with U-Net"),
    ("wavenet", 935744, 7405568000, "a PyTorch module of the paper's figures"),
    # The paper counts weights only; 97 = 64 + 32 + 1 are biases.
    ("srcnn", 8032 + 97, None, "Dong et al. 2014: 9-1-5 has 8,032"),
    ("srcnn_935", 24416 + 97, None, "Dong et al. 2014: 9-3-5 has 24,416"),
    ("srcnn_955", 57184 + 97, None, "Dong et al. 2014: 9-5-5 has 57,184"),
    # 64·25 + 64, 32·576 + 32, 9·288 + 9; 85·85 pixels
    ("espcn", 22729, 7225 * (1600 + 18432 + 2592), "by hand from Shi et al. 2016, figure 1"),
    ("dcgan_generator", 3576704, 104628224, "PyTorch's example, as a module"),
    # 3,072 + 131,072 + 524,288 + 2,097,152 + 8,192 weights, and 2·(128 + 256 + 512) of the normalisation
    ("dcgan_discriminator", 2765568, 1024 * 3072 + 256 * 131072 + 64 * 524288 + 16 * 2097152 + 8192,
     "by hand from PyTorch's example"),
    ("retinanet", 34068119, 151540437248, "counted with hooks on torchvision's module"),
    ("m3", "0.2M", None, "Dai et al. 2016, table 1"),
    ("m5", "~0.5M", None, "Dai et al. 2016, table 1; the paper cuts 0.559 off"),
    ("m11", "1.8M", None, "Dai et al. 2016, table 1"),
    ("m18", "3.7M", None, "Dai et al. 2016, table 1"),
]
